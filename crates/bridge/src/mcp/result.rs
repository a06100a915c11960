//! What a tool gave, as the protocol says it.

use ironbridge_tools::Failure;
use serde_json::{Value, json};
use url::Url;

/// How the result of `read` begins when it is a picture or a PDF.
const MEDIA: &str = r#"{"kind":"media","#;

/// A tool's JSON as the result of a call.
///
/// Text and structure say the same: clients of before 2025-06-18 read the text, later ones the structure.
pub(super) fn done(json: &str) -> String {
    if json.starts_with(MEDIA)
        && let Some(result) = media(json)
    {
        return result;
    }
    let text = Value::from(json).to_string();
    format!(r#"{{"content":[{{"type":"text","text":{text}}}],"structuredContent":{json}}}"#)
}

/// A picture is shown as one; its bytes are not said twice.
fn media(json: &str) -> Option<String> {
    let mut result: Value = serde_json::from_str(json).ok()?;
    let data = result.get_mut("data").map(Value::take)?;
    let mime = result.get("mime")?.as_str()?.to_owned();
    let shown = if mime.starts_with("image/") {
        json!({ "type": "image", "data": data, "mimeType": mime })
    } else {
        let path = result.get("path").and_then(Value::as_str).unwrap_or_default();
        let uri = Url::from_file_path(path).map_or_else(|()| path.to_owned(), String::from);
        json!({ "type": "resource", "resource": { "uri": uri, "mimeType": mime, "blob": data } })
    };
    result["data"] = "".into();
    let text = json!({ "type": "text", "text": result.to_string() });
    Some(json!({ "content": [shown, text], "structuredContent": result }).to_string())
}

/// A failure as the result of a call: the model reads it and may do better.
pub(super) fn failed(failure: &Failure) -> String {
    let text = failure.to_json().to_string();
    json!({ "content": [{ "type": "text", "text": text }], "isError": true }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(json: &str, expected: Expect) {
        expected.assert_eq(&done(json));
    }

    #[test]
    fn text_and_structure_say_the_same() {
        check(
            r#"{"a":"\"x\"\n"}"#,
            expect![[
                r#"{"content":[{"type":"text","text":"{\"a\":\"\\\"x\\\"\\n\"}"}],"structuredContent":{"a":"\"x\"\n"}}"#
            ]],
        );
    }

    #[test]
    fn a_picture_is_shown() {
        check(
            r#"{"kind":"media","path":"a.png","mime":"image/png","bytes":3,"data":"AAAA"}"#,
            expect![[
                r#"{"content":[{"type":"image","data":"AAAA","mimeType":"image/png"},{"type":"text","text":"{\"kind\":\"media\",\"path\":\"a.png\",\"mime\":\"image/png\",\"bytes\":3,\"data\":\"\"}"}],"structuredContent":{"kind":"media","path":"a.png","mime":"image/png","bytes":3,"data":""}}"#
            ]],
        );
    }

    #[test]
    fn a_failure_is_read_by_the_model() {
        let failure = Failure::new("not_found", "a.txt: there is no such file");
        expect![[r#"{"content":[{"type":"text","text":"{\"error\":{\"code\":\"not_found\",\"message\":\"a.txt: there is no such file\"}}"}],"isError":true}"#]]
            .assert_eq(&failed(&failure));
    }
}
