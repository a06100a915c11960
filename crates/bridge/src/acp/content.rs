//! What an editor's user says, as the agent hears it.

use crate::rpc::{INVALID_PARAMS, RpcError};
use ironbridge_session::UserPart;
use serde_json::Value;
use url::Url;

/// The blocks of a prompt as parts of one.
///
/// # Errors
/// When there is none, or one is of a kind that was not offered.
pub(super) fn parts(blocks: &[Value]) -> Result<Vec<UserPart>, RpcError> {
    if blocks.is_empty() {
        return Err(invalid("the prompt is empty".to_owned()));
    }
    blocks.iter().map(part).collect()
}

fn part(block: &Value) -> Result<UserPart, RpcError> {
    let text = |name: &str| {
        let text = block.get(name).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| invalid(format!("a block lacks the text `{name}`")))
    };
    match block.get("type").and_then(Value::as_str).unwrap_or_default() {
        "text" => Ok(UserPart::Text { text: text("text")? }),
        "image" => Ok(UserPart::Image { mime: text("mimeType")?, data: text("data")? }),
        "resource_link" => Ok(UserPart::text(shown(&text("uri")?))),
        "resource" => resource(block.get("resource").unwrap_or(&Value::Null)),
        other => Err(invalid(format!("blocks of type `{other}` are not taken"))),
    }
}

/// A file that the editor sends with the prompt: it may differ from what is on disk.
fn resource(resource: &Value) -> Result<UserPart, RpcError> {
    let member = |name: &str| resource.get(name).and_then(Value::as_str);
    let uri = member("uri").ok_or_else(|| invalid("a resource lacks its `uri`".to_owned()))?;
    match (member("text"), member("blob")) {
        (Some(text), _) => {
            let name = shown(uri);
            Ok(UserPart::text(format!("<resource name=\"{name}\">\n{text}\n</resource>")))
        }
        (None, Some(data)) if member("mimeType").is_some_and(|mime| mime.starts_with("image/")) => {
            let mime = member("mimeType").unwrap_or_default().to_owned();
            Ok(UserPart::Image { mime, data: data.to_owned() })
        }
        _ => Ok(UserPart::text(shown(uri))),
    }
}

/// The path of a file's address; another address as it is.
fn shown(uri: &str) -> String {
    let path = Url::parse(uri).ok().filter(|url| url.scheme() == "file");
    let path = path.and_then(|url| url.to_file_path().ok());
    path.map_or_else(|| uri.to_owned(), |path| path.display().to_string())
}

fn invalid(why: String) -> RpcError {
    RpcError::new(INVALID_PARAMS, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(blocks: Value, expected: Expect) {
        let seen = match parts(blocks.as_array().unwrap()) {
            Ok(parts) => UserPart::texts(&parts),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&seen);
    }

    #[test]
    fn blocks_become_parts() {
        check(
            json!([
                { "type": "text", "text": "look at" },
                { "type": "resource_link", "uri": "file:///a/b%20c.rs", "name": "b c.rs" },
                { "type": "resource", "resource": { "uri": "file:///a/d.rs", "text": "fn d() {}" } },
                { "type": "image", "mimeType": "image/png", "data": "AAAA" }
            ]),
            expect![[r#"
                look at
                /a/b c.rs
                <resource name="/a/d.rs">
                fn d() {}
                </resource>
                [image]"#]],
        );
    }

    #[test]
    fn what_was_not_offered_is_refused() {
        check(json!([]), expect!["the prompt is empty (-32602)"]);
        check(
            json!([{ "type": "audio", "data": "", "mimeType": "audio/wav" }]),
            expect!["blocks of type `audio` are not taken (-32602)"],
        );
        check(json!([{ "type": "text" }]), expect!["a block lacks the text `text` (-32602)"]);
    }
}
