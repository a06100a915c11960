//! What goes wrong in the host, each kind with its code in JavaScript (`ERR_` and capitals; docs/reference/asgi.md).

use std::io;

use ironbridge_asgi::{Record, Tell};

use crate::line::Line;

/// Why something is not done that was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What Python wrote down itself, with code, message, type and traceback: an application raised, or could not be loaded.
    #[error("{0}")]
    Python(String),
    #[error("{0}")]
    Protocol(&'static str),
    #[error("{0}")]
    Closed(&'static str),
    #[error("Python's event loop cannot be started: {0}")]
    NoLoop(String),
    #[error("cannot listen on {0}: {1}")]
    Listen(String, #[source] io::Error),
    #[error("cannot listen on {0}: it is in use")]
    AddressInUse(String),
    #[error("the {0} for TLS cannot be used: {1}; it has to be PEM")]
    Tls(&'static str, String),
    #[error("there can be no further thread or descriptor: {0}")]
    Io(#[from] io::Error),
    #[error("this host does not know what was asked of it")]
    Unsupported,
}

impl Failure {
    fn code(&self) -> &'static str {
        match self {
            Self::Python(_) => "python",
            Self::Protocol(_) => "protocol",
            Self::Closed(_) => "closed",
            Self::NoLoop(_) => "load",
            Self::Listen(..) | Self::Io(_) => "io",
            Self::AddressInUse(_) => "address_in_use",
            Self::Tls(..) => "tls",
            Self::Unsupported => "unsupported",
        }
    }

    /// What a request is answered with that failed before its reply began.
    fn status(&self) -> u16 {
        if matches!(self, Self::Closed(_)) { 503 } else { 500 }
    }

    /// As JavaScript reads it.
    fn json(&self) -> String {
        match self {
            Self::Python(json) => json.clone(),
            other => {
                format!(r#"{{"code":"{}","message":{}}}"#, other.code(), quoted(&other.to_string()))
            }
        }
    }

    /// Tells it on a connection, of which nothing follows.
    pub(crate) fn tell(&self, line: &Line, id: u32) {
        let (number, json) = (self.status().into(), self.json());
        line.tell(Tell::Failed, &Record { number, body: json.as_bytes(), ..Record::of(0, id) });
    }
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            _ if letter.is_control() => quoted.push(' '),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
