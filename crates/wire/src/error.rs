//! Errors as the dialects say them, in one neutral form.

use serde_json::{Value, json};

use crate::dialect::Dialect;

/// The code by which Anthropic's SDKs learn that a server keeps no conversations: they then send the whole history.
pub const THREAD_UNSUPPORTED: &str = "thread_unsupported_request";

/// What went wrong, by class. Each class has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// 400: the request is wrong.
    InvalidRequest,
    /// 401: no key, or a bad one.
    Authentication,
    /// 402: quota or credit is used up.
    Billing,
    /// 403: not allowed.
    Permission,
    /// 404: no such route, model or object.
    NotFound,
    /// 405: the route has another method.
    MethodNotAllowed,
    /// 408: the client was too slow.
    Timeout,
    /// 409: in conflict with another request.
    Conflict,
    /// 413: too large.
    TooLarge,
    /// 415: not the content type the route takes.
    UnsupportedMediaType,
    /// 422: understood, but refused.
    Unprocessable,
    /// 429: too many requests or tokens.
    RateLimit,
    /// 499: the client went away.
    ClientClosed,
    /// 500: our or the provider's fault.
    Internal,
    /// 502: the provider answered nonsense, or not at all.
    BadGateway,
    /// 503: not able to serve now.
    Unavailable,
    /// 504: the provider took too long.
    GatewayTimeout,
    /// 529: the provider is overloaded.
    Overloaded,
}

/// The table of classes: status, OpenAI's `type`, Anthropic's `type`.
///
/// Sources: docs.anthropic.com/en/api/errors, platform.openai.com/docs/guides/error-codes.
const CLASSES: [(ErrorKind, u16, &str, &str); 18] = [
    (ErrorKind::InvalidRequest, 400, "invalid_request_error", "invalid_request_error"),
    (ErrorKind::Authentication, 401, "authentication_error", "authentication_error"),
    (ErrorKind::Billing, 402, "insufficient_quota", "billing_error"),
    (ErrorKind::Permission, 403, "permission_error", "permission_error"),
    (ErrorKind::NotFound, 404, "not_found_error", "not_found_error"),
    (ErrorKind::MethodNotAllowed, 405, "invalid_request_error", "invalid_request_error"),
    (ErrorKind::Timeout, 408, "timeout_error", "timeout_error"),
    (ErrorKind::Conflict, 409, "conflict_error", "conflict_error"),
    (ErrorKind::TooLarge, 413, "request_too_large", "request_too_large"),
    (ErrorKind::UnsupportedMediaType, 415, "invalid_request_error", "invalid_request_error"),
    (ErrorKind::Unprocessable, 422, "invalid_request_error", "invalid_request_error"),
    (ErrorKind::RateLimit, 429, "rate_limit_error", "rate_limit_error"),
    (ErrorKind::ClientClosed, 499, "client_closed_request", "api_error"),
    (ErrorKind::Internal, 500, "server_error", "api_error"),
    (ErrorKind::BadGateway, 502, "server_error", "api_error"),
    (ErrorKind::Unavailable, 503, "server_error", "overloaded_error"),
    (ErrorKind::GatewayTimeout, 504, "server_error", "timeout_error"),
    (ErrorKind::Overloaded, 529, "server_error", "overloaded_error"),
];

impl ErrorKind {
    fn class(self) -> &'static (ErrorKind, u16, &'static str, &'static str) {
        CLASSES.iter().find(|class| class.0 == self).unwrap_or(&CLASSES[13])
    }

    /// The HTTP status of the class.
    #[must_use]
    pub fn status(self) -> u16 {
        self.class().1
    }

    /// The `type` that `dialect` calls the class by.
    #[must_use]
    pub fn name(self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Chat | Dialect::Responses => self.class().2,
            Dialect::Messages => self.class().3,
        }
    }

    /// The class of an HTTP status; an unlisted 4xx is the client's fault, all else the server's.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        CLASSES.iter().find(|class| class.1 == status).map_or(
            if (400..500).contains(&status) {
                ErrorKind::InvalidRequest
            } else {
                ErrorKind::Internal
            },
            |class| class.0,
        )
    }

    /// The class that either dialect calls `name`; `None` for a name neither has.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        // `server_error` and `api_error` stand for several classes; the general one is meant.
        match name {
            "server_error" | "api_error" => Some(ErrorKind::Internal),
            "overloaded_error" => Some(ErrorKind::Overloaded),
            "rate_limit_exceeded" => Some(ErrorKind::RateLimit),
            _ => {
                CLASSES.iter().find(|class| class.2 == name || class.3 == name).map(|class| class.0)
            }
        }
    }
}

/// An error for a client, before it takes the form of a dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// Its class.
    pub kind: ErrorKind,
    /// The status that the upstream sent, where it is another than the class's own.
    pub status: Option<u16>,
    /// What failed and how to mend it.
    pub message: String,
    /// OpenAI's machine-readable `code`.
    pub code: Option<String>,
    /// OpenAI's `param`: where the mistake is.
    pub param: Option<String>,
}

impl ApiError {
    /// An error of a class.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        ApiError { kind, status: None, message: message.into(), code: None, param: None }
    }

    /// The same with OpenAI's `code`.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The same with the place of the mistake.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The HTTP status to answer with.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.unwrap_or_else(|| self.kind.status())
    }

    /// The error as the body of a reply in `dialect` (DESIGN §6.2).
    #[must_use]
    pub fn body(&self, dialect: Dialect, request_id: &str) -> Value {
        let kind = self.kind.name(dialect);
        match dialect {
            Dialect::Chat | Dialect::Responses => json!({"error": {
                "message": self.message, "type": kind, "param": self.param, "code": self.code,
            }}),
            Dialect::Messages => {
                let mut error = json!({"type": kind, "message": self.message});
                if self.code.as_deref() == Some(THREAD_UNSUPPORTED) {
                    error["details"] =
                        json!({"error_code": THREAD_UNSUPPORTED, "unsupported": ["thread"]});
                }
                json!({"type": "error", "error": error, "request_id": request_id})
            }
        }
    }

    /// Reads the body of an upstream's error reply, whatever its dialect; an unknown form becomes the message.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Self {
        let mut error = match serde_json::from_slice::<Value>(body) {
            Ok(value) => ApiError::of_value(&value, ErrorKind::of_status(status)),
            Err(_) => ApiError::new(ErrorKind::of_status(status), plain_text(body)),
        };
        error.kind = ErrorKind::of_status(status);
        error.status = Some(status);
        if error.message.is_empty() {
            error.message = format!("the upstream answered {status} without a message");
        }
        error
    }

    /// Reads an error object in any of the forms servers use: `{"error":{…}}`, `{"error":"…"}`, `{"message":…}`,
    /// `{"detail":…}`, or the inner object itself.
    #[must_use]
    pub fn of_value(value: &Value, fallback: ErrorKind) -> Self {
        let inner = value.get("error").filter(|inner| !inner.is_null()).unwrap_or(value);
        let text = |key: &str| match inner.get(key) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let message = text("message")
            .or_else(|| inner.as_str().map(str::to_owned))
            .or_else(|| text("detail"))
            .unwrap_or_else(|| inner.to_string());
        let kind = text("type")
            .and_then(|name| ErrorKind::of_name(&name))
            .or_else(|| text("code").and_then(|code| ErrorKind::of_name(&code)))
            .unwrap_or(fallback);
        ApiError { kind, status: None, message, code: text("code"), param: text("param") }
    }
}

/// The most of an unparsable error body that becomes a message, in bytes.
const PLAIN_TEXT_BYTES_MAX: usize = 2_000;

fn plain_text(body: &[u8]) -> String {
    let end = body.len().min(PLAIN_TEXT_BYTES_MAX);
    String::from_utf8_lossy(&body[..end]).trim().to_owned()
}
