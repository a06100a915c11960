//! A streamed reply for who wants its events rather than another dialect: the agent.

use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::Event;
use crate::in_order::held_by;
use crate::memo::{Memo, Restorer};
use crate::sse::{Decoder, EVENT_BYTES_MAX};
use crate::stream::{REPLY_BYTES_MAX, ReadStream, reader};

/// Reads a stream of any dialect as neutral events. Parts may interleave; after [`Event::End`] or [`Event::Failed`]
/// nothing more is given out.
pub struct EventReader {
    decoder: Decoder,
    reader: Box<dyn ReadStream>,
    restorer: Restorer,
    read: Vec<Event>,
    /// What has been given out, in bytes as [`REPLY_BYTES_MAX`] counts them.
    reply_bytes: usize,
    over: bool,
}

impl EventReader {
    /// A reader of the reply to a request whose writing left `memo`.
    #[must_use]
    pub fn new(dialect: Dialect, memo: Memo) -> Self {
        EventReader {
            decoder: Decoder::with_limit(EVENT_BYTES_MAX),
            reader: reader(dialect),
            restorer: Restorer::new(memo),
            read: Vec::new(),
            reply_bytes: 0,
            over: false,
        }
    }

    /// Whether the reply is over, well or not: what is pushed now is not looked at.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Takes the next bytes and appends the events they end; any cut of the stream gives the same events in sum.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Event>) {
        if self.over {
            return;
        }
        self.decoder.push(bytes);
        while !self.over {
            match self.decoder.next() {
                None => return,
                Some(Ok(frame)) => self.reader.frame(&frame, &mut self.read),
                Some(Err(error)) => self.read.push(unreadable(&error)),
            }
            self.give(out);
        }
    }

    /// The upstream has closed the stream: an end without a finish becomes [`Event::Failed`].
    pub fn end(&mut self, out: &mut Vec<Event>) {
        if self.over {
            return;
        }
        match self.decoder.end() {
            None => {}
            Some(Ok(frame)) => self.reader.frame(&frame, &mut self.read),
            Some(Err(error)) => self.read.push(unreadable(&error)),
        }
        let is_end = |event: &Event| matches!(event, Event::End | Event::Failed(_));
        if !self.read.iter().any(is_end) {
            self.reader.end(&mut self.read);
        }
        self.give(out);
    }

    fn give(&mut self, out: &mut Vec<Event>) {
        self.reply_bytes += self.read.iter().map(held_by).sum::<usize>();
        if self.reply_bytes > REPLY_BYTES_MAX {
            let message = format!("the upstream's reply is over {REPLY_BYTES_MAX} bytes");
            self.read.clear();
            self.read.push(Event::Failed(ApiError::new(ErrorKind::BadGateway, message)));
        }
        let from = out.len();
        for event in self.read.drain(..) {
            self.restorer.event(event, out);
        }
        let given = out.iter().enumerate().skip(from);
        let mut ends = given.filter(|(_, event)| matches!(event, Event::End | Event::Failed(_)));
        if let Some((at, _)) = ends.next() {
            out.truncate(at + 1);
            self.over = true;
        }
    }
}

fn unreadable(error: &crate::sse::SseError) -> Event {
    let message = format!("the upstream's stream cannot be read: {error}");
    Event::Failed(ApiError::new(ErrorKind::BadGateway, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Delta;

    const CHAT: &str = concat!(
        "data: {\"id\":\"c\",\"model\":\"m\",\"created\":1,\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"h\\u00e9\"}}]}\n\n",
        ": alive\n\n",
        "data: {\"id\":\"c\",\"model\":\"m\",\"created\":1,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"y ✓\"}}]}\n\n",
        "data: {\"id\":\"c\",\"model\":\"m\",\"created\":1,\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DONE]\n\n",
    );

    fn read(chunks: &[&[u8]], ended: bool) -> Vec<Event> {
        let mut reader = EventReader::new(Dialect::Chat, Memo::default());
        let mut events = Vec::new();
        for chunk in chunks {
            reader.push(chunk, &mut events);
        }
        if ended {
            reader.end(&mut events);
        }
        events
    }

    #[test]
    fn any_cut_gives_the_same_text_and_end() {
        let whole = CHAT.as_bytes();
        for cut in 0..whole.len() {
            let (head, tail) = whole.split_at(cut);
            let events = read(&[head, tail], true);
            let text: String = events
                .iter()
                .filter_map(|event| match event {
                    Event::Delta { delta: Delta::Text(text), .. } => Some(text.as_str()),
                    _ => None,
                })
                .collect();
            assert_eq!(
                (text.as_str(), events.last()),
                ("héy ✓", Some(&Event::End)),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn an_end_without_a_finish_is_a_failure_and_comes_once() {
        let cut = CHAT.find("\"finish_reason\"").expect("it is there") - 40;
        let mut reader = EventReader::new(Dialect::Chat, Memo::default());
        let mut events = Vec::new();
        reader.push(&CHAT.as_bytes()[..cut], &mut events);
        reader.end(&mut events);
        reader.end(&mut events);
        reader.push(b"data: [DONE]\n\n", &mut events);
        let failures = events.iter().filter(|event| matches!(event, Event::Failed(_))).count();
        assert_eq!((failures, reader.is_over()), (1, true));
        assert!(matches!(events.last(), Some(Event::Failed(_))));
    }
}
