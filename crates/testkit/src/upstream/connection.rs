use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::log::Journal;
use crate::answer::{Answer, Ending, Pause, Rendered};
use crate::http::{Body, BodyPart, Buffer};
use crate::received::{Outcome, Received};
use crate::script::Script;

/// The longest request body, in bytes.
const BODY_BYTES_MAX: usize = 256 << 20;

/// How much of a further request is read while an answer is being sent, in bytes.
const PIPELINED_BYTES_MAX: usize = 1 << 20;

/// One accepted socket.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Buffer,
    script: Script,
    journal: Arc<Journal>,
    number: u64,
}

/// What the connection does after an answer.
enum Next {
    KeepAlive,
    Close,
    Reset,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.journal.closed();
    }
}

impl Connection {
    pub(super) fn new(stream: TcpStream, script: Script, journal: Arc<Journal>) -> Self {
        let number = journal.accepted();
        Self { stream, buffer: Buffer::default(), script, journal, number }
    }

    /// Answers requests until an answer or the peer ends the connection.
    pub(super) async fn run(mut self) {
        // Each write is a segment of its own, as far as the kernel can be told.
        let _ = self.stream.set_nodelay(true);
        // A request that is not HTTP ends the connection; the client's side of the test shows it.
        while let Ok(Some(request)) = self.receive().await {
            match self.answer(&request).await {
                Next::KeepAlive => {}
                Next::Close => {
                    let _ = self.stream.shutdown().await;
                    return;
                }
                Next::Reset => {
                    let _ = self.stream.set_zero_linger();
                    return;
                }
            }
        }
    }

    async fn receive(&mut self) -> io::Result<Option<Received>> {
        let Some(head) = self.buffer.read_head(&mut self.stream).await? else { return Ok(None) };
        let mut words = head.start_line.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        if head.headers.lists("expect", "100-continue") {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let mut body = Vec::new();
        let mut left = Body::after(&head.headers, Body::Length(0))
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        loop {
            match self.buffer.read_body(&mut self.stream, &mut left).await? {
                BodyPart::Data(data) if body.len() + data.len() <= BODY_BYTES_MAX => {
                    body.extend_from_slice(&data);
                }
                BodyPart::Complete => break,
                BodyPart::Data(_) | BodyPart::CutOff => return Ok(None),
            }
        }
        Ok(Some(self.journal.received(Received {
            order: 0,
            connection: self.number,
            method,
            path,
            query,
            headers: head.headers,
            body: Bytes::from(body),
            outcome: Outcome::Running,
        })))
    }

    async fn answer(&mut self, request: &Received) -> Next {
        let answer = self.script.answer(request);
        let rendered = answer.render(request);
        let (mut reader, mut writer) = self.stream.split();
        let written = tokio::select! {
            biased;
            written = write(&mut writer, &rendered, &answer, &self.journal) => written,
            left = watch_peer(&mut reader, &mut self.buffer) => Err(left),
        };
        if written.is_err() {
            self.journal.answered(request.order, Outcome::AbortedByPeer);
            return Next::Close;
        }
        self.journal.answered(request.order, Outcome::Sent);
        match rendered.ending {
            Ending::Reset | Ending::ResetBeforeHead => Next::Reset,
            Ending::Close | Ending::CloseBeforeHead => Next::Close,
            Ending::Complete if rendered.closes => Next::Close,
            Ending::Complete => Next::KeepAlive,
        }
    }
}

async fn write(
    writer: &mut WriteHalf<'_>,
    rendered: &Rendered,
    answer: &Answer,
    journal: &Journal,
) -> io::Result<()> {
    for pause in &rendered.pauses_before_head {
        wait(pause).await;
    }
    if matches!(rendered.ending, Ending::CloseBeforeHead | Ending::ResetBeforeHead) {
        return Ok(());
    }
    send(writer, &rendered.head, journal).await?;
    for piece in &rendered.pieces {
        if rendered.chunked && !piece.bytes.is_empty() {
            // One write for size, data and end, so that a chunk is not torn by us.
            let mut chunk = format!("{:x}\r\n", piece.bytes.len()).into_bytes();
            chunk.extend_from_slice(&piece.bytes);
            chunk.extend_from_slice(b"\r\n");
            send(writer, &chunk, journal).await?;
        } else {
            send(writer, &piece.bytes, journal).await?;
        }
        for pause in piece.pauses.iter().filter_map(|index| rendered.pause(*index, answer)) {
            wait(&pause).await;
        }
    }
    if rendered.chunked && rendered.ending == Ending::Complete {
        send(writer, b"0\r\n\r\n", journal).await?;
    }
    Ok(())
}

/// Writes all, counting what the socket takes as it takes it.
async fn send(writer: &mut WriteHalf<'_>, mut bytes: &[u8], journal: &Journal) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = writer.write(bytes).await?;
        journal.sent(count);
        bytes = bytes.get(count..).unwrap_or_default();
    }
    Ok(())
}

async fn wait(pause: &Pause) {
    match pause {
        Pause::Gate(gate) => gate.pass().await,
        Pause::Delay(delay) => tokio::time::sleep(*delay).await,
    }
}

/// Resolves when the peer has closed or reset the connection.
async fn watch_peer(reader: &mut ReadHalf<'_>, buffer: &mut Buffer) -> io::Error {
    while buffer.len() <= PIPELINED_BYTES_MAX {
        match buffer.fill(reader, usize::MAX).await {
            Ok(0) => return io::ErrorKind::ConnectionAborted.into(),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
    std::future::pending().await
}
