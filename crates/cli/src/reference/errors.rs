//! `errors.md`.

use ironbridge_wire::{Dialect, ErrorKind};

use super::{heading, row, table};

const ABOUT: &str = "\
An error has the shape of the dialect that was called: `{\"error\":{\"message\",\"type\",\"param\",\"code\"}}` for chat, responses \
and embeddings, `{\"type\":\"error\",\"error\":{\"type\",\"message\"},\"request_id\"}` for messages. Within a stream it is the last \
event: `data: {\"error\":…}` without `[DONE]`, `event: error`, or `response.failed`. An upstream's error keeps its status, \
its `Retry-After` and its rate-limit headers. `x-request-id` names the exchange in our logs.";

pub(super) fn page() -> String {
    let mut page = heading("Errors", ABOUT);
    let titles =
        ["Status", "`type`, OpenAI's", "`type`, Anthropic's", "What happened", "What to do"];
    page.push_str(&table(&titles));
    for kind in kinds() {
        let chat = format!("`{}`", kind.name(Dialect::Chat));
        let messages = format!("`{}`", kind.name(Dialect::Messages));
        let (what, advice) = in_words(kind);
        page.push_str(&row(&[&kind.status().to_string(), &chat, &messages, what, advice]));
    }
    page
}

/// Every class, by status; each status belongs to one.
fn kinds() -> impl Iterator<Item = ErrorKind> {
    (400..600).filter_map(|status| {
        let kind = ErrorKind::of_status(status);
        (kind.status() == status).then_some(kind)
    })
}

/// What happened, and what to do.
fn in_words(kind: ErrorKind) -> (&'static str, &'static str) {
    match kind {
        ErrorKind::InvalidRequest => (
            "The request is wrong.",
            "Mend what the message names by path. With `strict` it lists what the target's dialect cannot carry.",
        ),
        ErrorKind::Authentication => {
            ("No key, or a bad one.", "Check the provider's `credential`, or the client's key.")
        }
        ErrorKind::Billing => ("Quota or credit is used up.", "Raise it with the provider."),
        ErrorKind::Permission => (
            "Not allowed.",
            "A foreign `Origin` or an unknown `Host` is refused: add the name to `server.domains`.",
        ),
        ErrorKind::NotFound => {
            ("No such path, model or object.", "`GET /v1/models` lists the models.")
        }
        ErrorKind::MethodNotAllowed => {
            ("The path has another method.", "The `allow` header names it.")
        }
        ErrorKind::Timeout => ("The client was too slow.", "See `limits.body_idle_timeout`."),
        ErrorKind::Conflict => ("In conflict with another request.", "Try again."),
        ErrorKind::TooLarge => ("The body is too large.", "See `limits.body_max`."),
        ErrorKind::UnsupportedMediaType => {
            ("The body is not JSON.", "Send `content-type: application/json`.")
        }
        ErrorKind::Unprocessable => ("Understood, but refused.", "The message says why."),
        ErrorKind::RateLimit => {
            ("Too many requests or tokens.", "Wait as long as `Retry-After` says.")
        }
        ErrorKind::ClientClosed => {
            ("The client went away; seen in records only.", "Nothing; see `server.on_disconnect`.")
        }
        ErrorKind::Internal => {
            ("Our fault or the provider's.", "Look up the `x-request-id` in the log.")
        }
        ErrorKind::BadGateway => (
            "The provider answered nonsense, broke off, or could not be reached.",
            "Check `base_url` and the network; another target in the route takes over.",
        ),
        ErrorKind::Unavailable => (
            "Not able to serve now.",
            "Try again; see `limits.concurrency_max` and `limits.queue_max`.",
        ),
        ErrorKind::GatewayTimeout => ("The provider took too long.", "See `[provider.timeouts]`."),
        ErrorKind::Overloaded => (
            "The provider is overloaded.",
            "Try again later; another target in the route takes over.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_row() {
        // The match above is exhaustive; this holds that the page reaches each of them.
        assert_eq!(kinds().count(), 18);
    }
}
