use super::Event;

/// What a whole stream said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decoded {
    /// The events, in order. An event with no `data:` line is not one (WHATWG HTML §9.2.6).
    pub events: Vec<Event>,
    /// The comments, in order, without the colon and one leading space.
    pub comments: Vec<String>,
    /// Fields after the last blank line: the stream was cut inside an event.
    pub unfinished: String,
}

impl Decoded {
    /// The data of every event, in order.
    pub fn data(&self) -> Vec<&str> {
        self.events.iter().map(|event| event.data.as_str()).collect()
    }

    /// The names of every event, in order; an unnamed one is `""`.
    pub fn names(&self) -> Vec<&str> {
        self.events.iter().map(|event| event.name.as_deref().unwrap_or_default()).collect()
    }
}

/// Reads a whole stream, as plainly as the standard states it: an oracle for decoders that work
/// piece by piece. Bytes that are not UTF-8 become U+FFFD.
pub fn decode(bytes: &[u8]) -> Decoded {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut decoded = Decoded::default();
    let mut name: Option<String> = None;
    let mut data: Vec<&str> = Vec::new();
    let mut pending: Vec<&str> = Vec::new();
    for line in text.split_inclusive('\n') {
        let Some(line) = line.strip_suffix('\n') else {
            pending.push(line);
            break;
        };
        if line.is_empty() {
            if !data.is_empty() {
                decoded.events.push(Event { name: name.take(), data: data.join("\n") });
            }
            (name, data, pending) = (None, Vec::new(), Vec::new());
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => {
                decoded.comments.push(value.to_owned());
                continue;
            }
            "event" => name = Some(value.to_owned()),
            "data" => data.push(value),
            _ => {}
        }
        pending.push(line);
    }
    decoded.unfinished = pending.join("\n");
    decoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sse::{Frame, LineEnd, Style, encode};

    #[test]
    fn fields_follow_the_standard() {
        let decoded = decode(
            "\u{feff}: hi\r\nevent:a\rdata\ndata:  two\r\n\r\nevent: lost\n\nid: 1\ndata: c"
                .as_bytes(),
        );
        assert_eq!(decoded.events, [Event::named("a", "\n two")]);
        assert_eq!(decoded.comments, ["hi"]);
        assert_eq!(decoded.unfinished, "id: 1\ndata: c");
    }

    fn line() -> impl Strategy<Value = String> {
        "[a-z{}\": é✓]{1,12}"
    }

    proptest! {
        #![proptest_config(crate::property_config())]

        /// Whatever the shape, what was written is what is read.
        #[test]
        fn every_style_reads_back(
            events in prop::collection::vec((prop::option::of(line()), line(), line()), 0..8),
            line_end in prop::sample::select(vec![LineEnd::Lf, LineEnd::Cr, LineEnd::CrLf]),
            byte_order_mark in any::<bool>(),
        ) {
            let events: Vec<Event> = events
                .into_iter()
                .map(|(name, first, second)| Event {
                    name: name.map(|name| name.trim().to_owned()),
                    data: format!("{first}\n{second}"),
                })
                .collect();
            let frames: Vec<Frame> = events
                .iter()
                .flat_map(|event| [Frame::Comment("x".into()), Frame::Event(event.clone())])
                .collect();
            let style = Style { line_end, byte_order_mark, ..Style::default() };
            let (bytes, ends) = encode(&frames, style);
            let decoded = decode(&bytes);
            prop_assert_eq!(decoded.comments.len(), events.len());
            prop_assert_eq!(decoded.events, events);
            prop_assert_eq!(decoded.unfinished, "");
            prop_assert_eq!(ends.len(), frames.len());
            prop_assert_eq!(ends.last().copied().unwrap_or(bytes.len()), bytes.len());
        }
    }
}
