//! Between the same dialect a request's bytes pass as the client wrote them, but for the members we must set.

use ironbridge_wire::json::members;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Requests with members nobody knows, odd white space and order, and numbers in every form.
const REQUESTS: [&str; 6] = [
    r#"{"model":"a","messages":[{"role":"user","content":"hi"}],"frobnicate":{"x":[1e3,1.0,-0.0]}}"#,
    "{ \"temperature\" : 1.0 ,\n\t\"model\"\t:\r\n \"a\" , \"max_tokens\":1e3, \"messages\" : [ ] }\n",
    r#"{"messages":[],"z":1,"a":{"model":"inner","stream":true},"model":"a","big":123456789012345678901234567890}"#,
    "{\"stream\": false, \"user\": \"\\u00e9\\ud83c\\udf0d\\/\", \"model\": \"\\u0061\", \"tiny\": 1E-7}",
    r#"  {"model":"a"}  "#,
    r#"{"a":[[[{"model":"deep"}]]],"messages":[{"content":"\"model\":\"no\""}],"model":"a","seed":18446744073709551615}"#,
];

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sets `model`, cuts its new value out of the result and the old one out of the original, and compares what is left.
#[test]
fn only_the_member_that_is_set_changes() {
    for request in REQUESTS {
        let body = request.as_bytes();
        let members = members(body).unwrap();
        let old = members.get("model").unwrap();
        let new = r#""another/model""#;
        let sent = members.with(&[("model", new.to_owned())]);

        // Where the value stands is known from the original alone: it is a slice of it.
        let start = old.as_ptr() as usize - body.as_ptr() as usize;
        let rest = [&body[..start], &body[start + old.len()..]].concat();
        let sent_rest = [&sent[..start], &sent[start + new.len()..]].concat();
        assert_eq!(hash(&sent_rest), hash(&rest), "{request}");
        assert_eq!(&sent[start..start + new.len()], new.as_bytes(), "{request}");
        let read: Value = serde_json::from_slice(&sent).unwrap();
        assert_eq!(read["model"], "another/model");
    }
}

#[test]
fn a_member_that_is_not_there_is_added_and_nothing_else_changes() {
    for request in REQUESTS {
        let body = request.as_bytes();
        let members = members(body).unwrap();
        let sent = members.with(&[("stream_options", r#"{"include_usage":true}"#.to_owned())]);
        let added = r#""stream_options":{"include_usage":true},"#;
        let at = body.iter().position(|byte| *byte == b'{').unwrap() + 1;
        let sent_rest = [&sent[..at], &sent[at + added.len()..]].concat();
        assert_eq!(hash(&sent_rest), hash(body), "{request}");
        assert_eq!(&sent[at..at + added.len()], added.as_bytes(), "{request}");
    }
}

#[test]
fn what_is_not_set_is_untouched() {
    for request in REQUESTS {
        let members = members(request.as_bytes()).unwrap();
        assert_eq!(hash(&members.with(&[])), hash(request.as_bytes()));
        let same = members.get("model").unwrap().to_owned();
        let sent = members.with(&[("model", same)]);
        assert_eq!(hash(&sent), hash(request.as_bytes()));
    }
}
