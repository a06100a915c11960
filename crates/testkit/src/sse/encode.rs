use super::{Event, Frame};

/// How lines end. All three are legal (WHATWG HTML §9.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnd {
    /// `\n`, what nearly all servers send.
    #[default]
    Lf,
    /// `\r`.
    Cr,
    /// `\r\n`.
    CrLf,
}

impl LineEnd {
    fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::Cr => "\r",
            Self::CrLf => "\r\n",
        }
    }
}

/// The shape in which events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// How lines end.
    pub line_end: LineEnd,
    /// A byte order mark before the first line.
    pub byte_order_mark: bool,
    /// Leave `event:` lines out.
    pub without_names: bool,
    /// Spread JSON data over several `data:` lines.
    pub multi_line_data: bool,
    /// No space after the colon.
    pub without_space: bool,
}

/// The bytes of the frames, and the offset at which each frame ends.
pub fn encode(frames: &[Frame], style: Style) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = Vec::new();
    if style.byte_order_mark {
        bytes.extend_from_slice("\u{feff}".as_bytes());
    }
    let mut ends = Vec::with_capacity(frames.len());
    for frame in frames {
        match frame {
            Frame::Event(event) => encode_event(&mut bytes, event, style),
            Frame::Comment(comment) => {
                field(&mut bytes, "", comment, style);
                bytes.extend_from_slice(style.line_end.text().as_bytes());
            }
            Frame::Raw(raw) => bytes.extend_from_slice(raw),
        }
        ends.push(bytes.len());
    }
    (bytes, ends)
}

fn encode_event(bytes: &mut Vec<u8>, event: &Event, style: Style) {
    if let Some(name) = event.name.as_deref().filter(|_| !style.without_names) {
        field(bytes, "event", name, style);
    }
    let pretty = style
        .multi_line_data
        .then(|| event.json())
        .flatten()
        .and_then(|json| serde_json::to_string_pretty(&json).ok());
    for line in pretty.as_deref().unwrap_or(&event.data).split('\n') {
        field(bytes, "data", line, style);
    }
    bytes.extend_from_slice(style.line_end.text().as_bytes());
}

fn field(bytes: &mut Vec<u8>, name: &str, value: &str, style: Style) {
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(b':');
    if !style.without_space {
        bytes.push(b' ');
    }
    bytes.extend_from_slice(value.as_bytes());
    bytes.extend_from_slice(style.line_end.text().as_bytes());
}
