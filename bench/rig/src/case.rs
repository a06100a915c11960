//! The table of cases: what is asked, and by how many at once.

use std::time::Duration;

/// A dialect that clients speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// OpenAI chat completions.
    Chat,
    /// Anthropic messages.
    Messages,
}

impl Dialect {
    /// Where such a request goes.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Messages => "/v1/messages",
        }
    }

    /// What stands in the last event of every whole stream.
    pub(crate) const fn end_of_stream(self) -> &'static [u8] {
        match self {
            Self::Chat => b"data: [DONE]",
            Self::Messages => b"event: message_stop",
        }
    }
}

/// A stream's chunks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunks {
    /// How many.
    pub(crate) count: usize,
    /// The time between two.
    pub(crate) pause: Duration,
}

/// One thing that is asked of every gateway. The upstream always speaks chat completions.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its name in flags, tables and results.
    pub(crate) name: &'static str,
    /// What it is, for people.
    pub(crate) about: &'static str,
    /// What the client speaks.
    pub(crate) dialect: Dialect,
    /// Bytes of the request's body.
    pub(crate) request_bytes: usize,
    /// The chunks of the answer; without them it is plain, of 1,000 bytes.
    pub(crate) chunks: Option<Chunks>,
    /// By how many at once, where that is part of the case.
    pub(crate) crowd: Option<Crowd>,
}

/// Many clients at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    /// Connections with a request under way.
    pub(crate) connections: usize,
    /// Connections that are open beside them, and were used once.
    pub(crate) idle_connections: usize,
}

const UNPACED: Option<Chunks> = Some(Chunks { count: 100, pause: Duration::ZERO });

/// Every case; those of a crowd last, for what they leave in memory.
pub(crate) const CASES: &[Case] = &[
    Case {
        name: "small",
        about: "1 KB request, 1 KB answer",
        dialect: Dialect::Chat,
        request_bytes: 1_000,
        chunks: None,
        crowd: None,
    },
    Case {
        name: "large",
        about: "100 KB request, 1 KB answer",
        dialect: Dialect::Chat,
        request_bytes: 100_000,
        chunks: None,
        crowd: None,
    },
    Case {
        name: "stream",
        about: "1 KB request, 100 chunks written one by one",
        dialect: Dialect::Chat,
        request_bytes: 1_000,
        chunks: UNPACED,
        crowd: None,
    },
    Case {
        name: "translated",
        about: "as `small`, from messages to chat and back",
        dialect: Dialect::Messages,
        request_bytes: 1_000,
        chunks: None,
        crowd: None,
    },
    Case {
        name: "translated-stream",
        about: "as `stream`, from messages to chat and back",
        dialect: Dialect::Messages,
        request_bytes: 1_000,
        chunks: UNPACED,
        crowd: None,
    },
    Case {
        name: "streams-512",
        about: "512 streams at once, 64 chunks 20 ms apart",
        dialect: Dialect::Chat,
        request_bytes: 1_000,
        chunks: Some(Chunks { count: 64, pause: Duration::from_millis(20) }),
        crowd: Some(Crowd { connections: 512, idle_connections: 0 }),
    },
    Case {
        name: "crowd",
        about: "1,000 streams at once, 40 chunks 100 ms apart, beside 2,000 idle connections",
        dialect: Dialect::Chat,
        request_bytes: 1_000,
        chunks: Some(Chunks { count: 40, pause: Duration::from_millis(100) }),
        crowd: Some(Crowd { connections: 1_000, idle_connections: 2_000 }),
    },
];

/// The case whose request connections are used for that are idle afterwards.
pub(crate) const SMALL: &Case = &CASES[0];

impl Case {
    /// By how many at once: a crowd's own number, else those that were asked for.
    pub(crate) fn connections<'a>(&'a self, asked: &'a [usize]) -> &'a [usize] {
        self.crowd.as_ref().map_or(asked, |crowd| std::slice::from_ref(&crowd.connections))
    }

    /// Whether a gateway must translate it.
    pub(crate) fn is_translated(&self) -> bool {
        self.dialect != Dialect::Chat
    }

    /// The model's name, in which the mock reads what to answer.
    pub(crate) fn model(&self) -> String {
        match self.chunks {
            None => "mock-r1000".to_owned(),
            Some(Chunks { count, pause }) if pause.is_zero() => format!("mock-c{count}"),
            Some(Chunks { count, pause }) => format!("mock-c{count}-d{}", pause.as_millis()),
        }
    }

    /// The request's body; `model_prefix` stands before the model's name where a gateway wants one.
    pub(crate) fn body(&self, model_prefix: &str) -> String {
        let model = format!("{model_prefix}{}", self.model());
        let stream = if self.chunks.is_some() { r#""stream":true,"# } else { "" };
        let with = |text: &str| {
            format!(
                r#"{{"model":"{model}","max_tokens":256,{stream}"messages":[{{"role":"user","content":"{text}"}}]}}"#
            )
        };
        let sentence = "The quick brown fox jumps over the lazy dog. ";
        let missing = self.request_bytes.saturating_sub(with("").len());
        let text: String = sentence.chars().cycle().take(missing).collect();
        with(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_json_of_the_size_that_was_said() {
        for case in CASES {
            let body = case.body("");
            assert_eq!(body.len(), case.request_bytes, "{}", case.name);
            serde_json::from_str::<serde_json::Value>(&body).unwrap();
        }
    }
}
