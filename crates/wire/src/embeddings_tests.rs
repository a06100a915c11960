use super::{EmbeddingReply, EncodingFormat, read_request};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn check(body: Value, expected: &Expect) {
    let actual = match read_request(body) {
        Ok(request) => format!("{request:?}\n"),
        Err(invalid) => invalid
            .problems
            .iter()
            .map(|problem| format!("{}: {}\n", problem.path, problem.message))
            .collect(),
    };
    expected.assert_eq(&actual);
}

#[test]
fn a_text() {
    check(
        json!({"model": "m", "input": "hello", "encoding_format": "base64", "dimensions": 3, "user": "u", "input_type": "query"}),
        &expect![[r#"
            EmbeddingRequest { model: "m", input: Texts(["hello"]), encoding_format: Base64, dimensions: Some(3), user: Some("u") }
        "#]],
    );
}

#[test]
fn texts_and_tokens() {
    check(
        json!({"model": "m", "input": ["a", "b"]}),
        &expect![[r#"
        EmbeddingRequest { model: "m", input: Texts(["a", "b"]), encoding_format: Float, dimensions: None, user: None }
    "#]],
    );
    check(
        json!({"model": "m", "input": [1, 2, 100_257]}),
        &expect![[r#"
        EmbeddingRequest { model: "m", input: Tokens([[1, 2, 100257]]), encoding_format: Float, dimensions: None, user: None }
    "#]],
    );
    check(
        json!({"model": "m", "input": [[1, 2], [3]]}),
        &expect![[r#"
        EmbeddingRequest { model: "m", input: Tokens([[1, 2], [3]]), encoding_format: Float, dimensions: None, user: None }
    "#]],
    );
}

#[test]
fn all_mistakes_at_once() {
    check(
        json!({"input": "", "encoding_format": "hex", "dimensions": 0, "user": 7}),
        &expect![[r#"
            /model: required, but missing
            /input: expected a text that is not empty
            /encoding_format: expected float or base64, found "hex"
            /dimensions: expected a whole number from 1, found 0
            /user: expected a string, found a number
        "#]],
    );
    check(
        json!({"model": "m"}),
        &expect![[r#"
        /input: required, but missing
    "#]],
    );
    check(
        json!({"model": "m", "input": []}),
        &expect![[r#"
        /input: expected at least one input
    "#]],
    );
    check(
        json!({"model": "m", "input": {"text": "a"}}),
        &expect![[r#"
        /input: expected a string or an array, found an object
    "#]],
    );
    check(
        json!({"model": "m", "input": ["a", 1, "", null]}),
        &expect![[r#"
        /input/1: expected a string, found a number
        /input/2: expected a text that is not empty
        /input/3: expected a string, found null
    "#]],
    );
    check(
        json!({"model": "m", "input": [1, "a", -2, 0.5]}),
        &expect![[r#"
        /input/1: expected a token id, found a string
        /input/2: expected a token id, found a number
        /input/3: expected a token id, found a number
    "#]],
    );
    check(
        json!({"model": "m", "input": [[1], [], "a", [true]]}),
        &expect![[r#"
        /input/1: expected at least one token id
        /input/2: expected an array of token ids, found a string
        /input/3/0: expected a token id, found a boolean
    "#]],
    );
    check(
        json!({"model": "m", "input": vec!["a"; 2049]}),
        &expect![[r#"
        /input: expected at most 2048 inputs, found 2049
    "#]],
    );
    check(
        json!(["m"]),
        &expect![[r#"
        : expected an object, found an array
    "#]],
    );
}

fn reply() -> EmbeddingReply {
    EmbeddingReply {
        model: "m".to_owned(),
        vectors: vec![vec![0.5, -1.0], vec![0.0, 2.25]],
        prompt_tokens: 4,
    }
}

#[test]
fn a_reply_in_numbers() {
    expect![[r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1.0]},{"object":"embedding","index":1,"embedding":[0.0,2.25]}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}"#]].assert_eq(&reply().write(EncodingFormat::Float).to_string());
}

#[test]
fn a_reply_in_base64() {
    expect![[r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgL8="},{"object":"embedding","index":1,"embedding":"AAAAAAAAEEA="}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}"#]].assert_eq(&reply().write(EncodingFormat::Base64).to_string());
}

#[test]
fn what_is_written_is_read() {
    for format in [EncodingFormat::Float, EncodingFormat::Base64] {
        assert_eq!(EmbeddingReply::read(&reply().write(format)), Ok(reply()));
    }
}

#[test]
fn what_is_no_reply() {
    let read = |body: Value| EmbeddingReply::read(&body).map_err(|error| error.to_string());
    expect![[r#"
        [
            Err(
                "no such model",
            ),
            Err(
                "the upstream's list of embeddings has no data",
            ),
            Err(
                "the upstream's list of embeddings has an embedding that is no vector",
            ),
            Err(
                "the upstream's list of embeddings has an embedding that is no vector",
            ),
            Err(
                "the upstream's list of embeddings has an embedding that is no vector",
            ),
            Ok(
                EmbeddingReply {
                    model: "",
                    vectors: [],
                    prompt_tokens: 3,
                },
            ),
        ]
    "#]]
    .assert_debug_eq(&[
        read(json!({"error": {"message": "no such model"}})),
        read(json!({"object": "list"})),
        read(json!({"data": [{"embedding": "AAAA"}]})),
        read(json!({"data": [{"embedding": [1, "a"]}]})),
        read(json!({"data": [{"index": 0}]})),
        read(json!({"data": [], "usage": {"total_tokens": 3}})),
    ]);
}
