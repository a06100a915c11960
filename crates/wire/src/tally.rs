//! What a stream amounted to, for the books.

use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::event::{Event, Opening};
use crate::reply::{Finish, Reply};
use crate::translate::read_reply;
use crate::usage::Usage;
use crate::{Body, Call, text_reply};

/// The sum of a reply, gathered while it passes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// The provider's id of the reply.
    pub id: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// What it used.
    pub usage: Option<Usage>,
    /// Why it ended.
    pub finish: Option<Finish>,
    /// The names of the tools it called, in order.
    pub calls: Vec<String>,
    /// Whether anything of the reply itself has been seen: from then on no other target may be tried.
    pub content: bool,
    /// Whether the part that opened last is reasoning.
    pub thinking: bool,
    /// Whether the stream was whole.
    pub ended: bool,
    /// Why it broke.
    pub failed: Option<ApiError>,
}

impl Tally {
    /// Takes note of one event.
    pub fn see(&mut self, event: &Event) {
        match event {
            Event::Start { id, model, .. } => {
                self.id = Some(id.clone());
                self.model = Some(model.clone());
            }
            Event::Open { opening, .. } => {
                self.content = true;
                self.thinking = matches!(opening, Opening::Thinking);
                if let Opening::Call { name, .. } = opening {
                    self.calls.push(name.clone());
                }
            }
            Event::Delta { .. } => self.content = true,
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Finish(finish) => self.finish = Some(finish.clone()),
            Event::End => self.ended = true,
            Event::Failed(error) => self.failed = Some(error.clone()),
            Event::ServiceTier(_) | Event::Close { .. } | Event::Ping => {}
        }
    }

    /// The sum of a reply that came in one piece, from its bytes. A reply that is an error, or none of the dialect's, has
    /// that as its failure.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn of_body(body: &[u8], dialect: Dialect) -> Result<Self, ApiError> {
        if let Some(tally) = text_reply::read(body, dialect) {
            return Ok(tally);
        }
        let document = serde_json::from_slice(body).map_err(|error| {
            let message = format!("the upstream's reply is not JSON: {error}");
            ApiError::new(ErrorKind::BadGateway, message)
        })?;
        Ok(read_reply(document, dialect).map_or_else(
            |error| Tally { failed: Some(error), ..Tally::default() },
            |reply| Tally::of_reply(&reply),
        ))
    }

    /// The sum of a reply that came in one piece.
    #[must_use]
    pub fn of_reply(reply: &Reply) -> Self {
        let calls = reply.parts.iter().filter_map(|part| match &part.body {
            Body::Call(Call { name, .. }) => Some(name.clone()),
            _ => None,
        });
        Tally {
            id: Some(reply.id.clone()),
            model: Some(reply.model.clone()),
            usage: reply.usage,
            finish: Some(reply.finish.clone()),
            calls: calls.collect(),
            thinking: false,
            content: true,
            ended: true,
            failed: None,
        }
    }
}
