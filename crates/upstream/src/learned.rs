//! What a provider has shown of the dialects its models speak.
//!
//! Its word counts: the list of models, or a 400 or 404 that says which endpoint to use. A 5xx is no word; a server in
//! trouble would teach us to avoid what it speaks well (DESIGN §6.4).

use crate::call::Endpoint;
use crate::models::ModelList;
use http::StatusCode;
use ironbridge_wire::{ApiError, Dialect};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most models remembered; beyond that nothing new is learned.
const MODELS_MAX: usize = 4096;

/// The longest message that is listened to, in bytes.
const MESSAGE_BYTES_MAX: usize = 300;

/// How servers say that the endpoint is the wrong one.
const POINTING: [&str; 6] = [
    "only supported in",
    "not supported in",
    "not supported with",
    "not accessible via",
    "Use ",
    "use ",
];

#[derive(Debug, Default)]
pub(crate) struct Learned {
    by_model: Mutex<HashMap<String, Vec<Dialect>>>,
}

impl Learned {
    fn by_model(&self) -> MutexGuard<'_, HashMap<String, Vec<Dialect>>> {
        self.by_model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The dialects of a model, best first; `None` when nothing is known.
    pub(crate) fn dialects(&self, model: &str) -> Option<Vec<Dialect>> {
        self.by_model().get(model).cloned()
    }

    fn note(&self, model: &str, dialects: Vec<Dialect>) -> bool {
        let mut by_model = self.by_model();
        if dialects.is_empty()
            || by_model.get(model) == Some(&dialects)
            || (by_model.len() >= MODELS_MAX && !by_model.contains_key(model))
        {
            return false;
        }
        by_model.insert(model.to_owned(), dialects);
        true
    }

    /// Takes in what the list says of each model; `taught` are the dialects that it may say, best first.
    pub(crate) fn list(&self, list: &ModelList, taught: &[Dialect]) {
        for model in &list.models {
            let spoken = taught.iter().filter(|dialect| model.dialects.contains(dialect));
            self.note(&model.id, spoken.copied().collect());
        }
    }

    /// Takes in an error; whether it taught something new.
    pub(crate) fn error(
        &self,
        model: &str,
        endpoint: Endpoint,
        status: StatusCode,
        body: &[u8],
    ) -> bool {
        if !matches!(status.as_u16(), 400 | 404 | 405) || model.is_empty() {
            return false;
        }
        let error = ApiError::read(status.as_u16(), body);
        let code = error.code.as_deref().unwrap_or_default();
        // An error may repeat what a client wrote, which must not teach us anything.
        let points_to = |path: &str| {
            error.message.len() <= MESSAGE_BYTES_MAX
                && error.message.contains(path)
                && POINTING.iter().any(|words| error.message.contains(words))
        };
        match endpoint {
            // "This model is only supported in v1/responses and not in v1/chat/completions."
            // "model … is not accessible via the /chat/completions endpoint" (unsupported_api_for_model)
            Endpoint::Chat
                if points_to("/responses")
                    || points_to("/chat/completions")
                    || code == "unsupported_api_for_model" =>
            {
                self.note(model, vec![Dialect::Responses])
            }
            // A server without the route says so in its own words; one without the model names it.
            Endpoint::Responses
                if points_to("chat/completions")
                    || code == "unsupported_api_for_model"
                    || (status != StatusCode::BAD_REQUEST && !about_the_model(&error, model)) =>
            {
                self.note(model, vec![Dialect::Chat])
            }
            _ => false,
        }
    }
}

fn about_the_model(error: &ApiError, model: &str) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    code.contains("model")
        || error.message.to_lowercase().contains("model")
        || error.message.contains(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(endpoint: Endpoint, status: u16, body: &str, expected: Option<&[Dialect]>) {
        let learned = Learned::default();
        let status = StatusCode::from_u16(status).unwrap();
        let new = learned.error("m", endpoint, status, body.as_bytes());
        assert_eq!(new, expected.is_some(), "{body}");
        assert_eq!(learned.dialects("m").as_deref(), expected, "{body}");
        assert!(
            !learned.error("m", endpoint, status, body.as_bytes()),
            "the same twice is not new"
        );
    }

    #[test]
    fn an_error_that_names_the_right_endpoint_teaches() {
        let only = r#"{"error":{"message":"This model is only supported in v1/responses and not in v1/chat/completions.","type":"invalid_request_error","param":"model","code":null}}"#;
        check(Endpoint::Chat, 404, only, Some(&[Dialect::Responses]));
        check(Endpoint::Chat, 400, only, Some(&[Dialect::Responses]));
        let copilot = r#"{"error":{"message":"model \"m\" is not accessible via the /chat/completions endpoint","code":"unsupported_api_for_model"}}"#;
        check(Endpoint::Chat, 400, copilot, Some(&[Dialect::Responses]));
        check(Endpoint::Responses, 404, r#"{"detail":"Not Found"}"#, Some(&[Dialect::Chat]));
        check(Endpoint::Responses, 404, "404 page not found", Some(&[Dialect::Chat]));
    }

    #[test]
    fn other_errors_teach_nothing() {
        let only = r#"{"error":{"message":"use v1/responses"}}"#;
        for status in [401, 429, 500, 502, 503, 529] {
            check(Endpoint::Chat, status, only, None);
        }
        check(Endpoint::Chat, 400, r#"{"error":{"message":"messages: required"}}"#, None);
        let echo = format!(
            r#"{{"error":{{"message":"cannot read {}: use /responses"}}}}"#,
            "x".repeat(300)
        );
        check(Endpoint::Chat, 400, &echo, None);
        check(Endpoint::Chat, 400, r#"{"error":{"message":"no file /responses"}}"#, None);
        check(Endpoint::Responses, 400, r#"{"error":{"message":"input: required"}}"#, None);
        let no_model =
            r#"{"error":{"message":"The model `m` does not exist","code":"model_not_found"}}"#;
        check(Endpoint::Responses, 404, no_model, None);
        check(Endpoint::Chat, 404, no_model, None);
    }
}
