//! What the server says the body is.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// `Content-Type`, taken apart.
pub(super) struct MediaType {
    /// Lower case, without parameters.
    pub(super) essence: String,
    pub(super) charset: Option<String>,
}

impl MediaType {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let mut parts = text.split(';');
        let essence = parts.next().unwrap_or("").trim().to_ascii_lowercase();
        let charset = parts.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("charset").then(|| value.to_owned())
        });
        MediaType { essence, charset }
    }

    pub(super) fn is_text(&self, body: &[u8]) -> bool {
        let essence = self.essence.as_str();
        let named = essence.starts_with("text/")
            || essence.ends_with("+json")
            || essence.ends_with("+xml")
            || matches!(
                essence,
                "application/json"
                    | "application/xml"
                    | "application/javascript"
                    | "application/x-javascript"
                    | "application/yaml"
                    | "application/x-yaml"
                    | "application/toml"
                    | "application/x-ndjson"
                    | "application/x-sh"
            );
        // What the server does not name, or calls by the name for anything, is judged by its bytes.
        let unnamed = matches!(essence, "" | "application/octet-stream");
        named || (unnamed && !body.contains(&0))
    }

    pub(super) fn is_html(&self, text: &str) -> bool {
        match self.essence.as_str() {
            "text/html" | "application/xhtml+xml" => true,
            "" => {
                let start = text.trim_start().get(..15).unwrap_or_default().to_ascii_lowercase();
                start.starts_with("<!doctype html") || start.starts_with("<html")
            }
            _ => false,
        }
    }
}
