//! A client that writes lines and reads lines, with a watchdog.

use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{
    AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
};

/// A watchdog, not a measurement.
const LIMIT: Duration = Duration::from_secs(60);
/// What a pipe holds on Linux.
const PIPE_BYTES: usize = 64 * 1024;

/// One end of a connection.
pub(crate) struct Wire {
    asks: WriteHalf<DuplexStream>,
    answers: Lines<BufReader<ReadHalf<DuplexStream>>>,
    last: u64,
}

impl Wire {
    /// A client, and the server's input and output.
    pub(crate) fn new() -> (Self, ReadHalf<DuplexStream>, WriteHalf<DuplexStream>) {
        let (client, server) = tokio::io::duplex(PIPE_BYTES);
        let (input, output) = tokio::io::split(server);
        let (answers, asks) = tokio::io::split(client);
        (Wire { asks, answers: BufReader::new(answers).lines(), last: 0 }, input, output)
    }

    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let write = self.asks.write_all(bytes.as_ref());
        tokio::time::timeout(LIMIT, write).await.expect("the server reads").unwrap();
    }

    /// Sends a request and gives its id.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.last += 1;
        let id = self.last;
        let line = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.write(format!("{line}\n")).await;
        id
    }

    /// Sends a notification.
    pub(crate) async fn tell(&mut self, method: &str, params: Value) {
        let line = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.write(format!("{line}\n")).await;
    }

    /// The next message; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let line = tokio::time::timeout(LIMIT, self.answers.next_line());
        let line = line.await.expect("the server says something").unwrap()?;
        Some(serde_json::from_str(&line).unwrap())
    }

    /// Sends a request and gives its answer; what comes before is dropped.
    pub(crate) async fn answer(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        self.answer_to(id).await
    }

    /// The answer to a request; what comes before is dropped.
    pub(crate) async fn answer_to(&mut self, id: u64) -> Value {
        loop {
            let message = self.next().await.expect("an answer before the end");
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }

    /// Where it writes and where it reads, for tests that do both at once.
    pub(crate) fn halves(
        &mut self,
    ) -> (&mut WriteHalf<DuplexStream>, &mut Lines<BufReader<ReadHalf<DuplexStream>>>) {
        (&mut self.asks, &mut self.answers)
    }

    /// Says that nothing more comes; the answers can still be read.
    pub(crate) async fn close(&mut self) {
        self.asks.shutdown().await.unwrap();
    }
}

/// Waits for something that must come.
pub(crate) async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(LIMIT, work).await;
    ended.unwrap_or_else(|_| panic!("{what}: not within {LIMIT:?}"))
}
