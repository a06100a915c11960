//! What `-v` shows: bodies and each chunk of a stream, and of no secret more than its kind.

use std::io::{Read, Write};
use std::net::TcpStream;

use ironbridge_testkit::{Answer, Gate, Script, Upstream};

use crate::command::Home;
use crate::start::Running;

/// The operator's key; the upstream repeats it.
const KEY: &str = "operators-own-key-0123456789";

/// Of each secret what must not be seen: no kind of it is without such a part.
const SECRETS: [&str; 6] = [
    "abcdefghijklmnop",
    "OpaqueToken0123",
    "0123456789abcdef",
    "eyJzdWIiOiJtZSJ9",
    "someone",
    "operators-own-key",
];

/// A stream whose text holds secrets.
fn stream() -> String {
    let text = format!(
        "use sk-ant-api03-abcdefghijklmnop or Bearer OpaqueToken0123/x== or ghp_0123456789abcdef, {KEY}, Grüße …"
    );
    let chunk = |delta: &str, finish: &str| {
        format!(
            "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\
             \"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
        )
    };
    chunk(&format!("{{\"role\":\"assistant\",\"content\":\"{text}\"}}"), "null")
        + &chunk("{}", "\"stop\"")
        + "data: [DONE]\n\n"
}

/// All that `start` with `flags` logs of one streamed exchange whose stream stops at `cut` until the log shows its
/// first part.
fn log(flags: &[&str], cut: usize) -> String {
    let gate = Gate::new();
    let body = stream();
    let answer = Answer::bytes(200, "text/event-stream", body).chunked().silent_after(cut, &gate);
    let upstream = Upstream::start_on_thread(Script::always(answer));
    let home = Home::with(&[("key", KEY)]);
    let config = format!(
        "[[provider]]\nname = \"up\"\nkind = \"openai\"\nbase_url = \"{}/v1\"\napi = [\"chat\"]\n\
         credential = {{ file = \"{}\" }}\n",
        upstream.base_url(),
        home.path().join("key").display()
    );
    home.write("config.toml", &config);
    let mut gateway = Running::start(&home, flags);
    let asked = "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\
                 \"AKIA sk-ant-api03-abcdefghijklmnop eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.x someone@example.org\"}]}";
    let mut socket = TcpStream::connect(&gateway.address).unwrap();
    write!(
        socket,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         authorization: Bearer OpaqueToken0123\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{asked}",
        asked.len()
    )
    .unwrap();
    let verbose = flags.contains(&"-v");
    let mut log = String::new();
    if verbose {
        log += &gateway.log_until("stream chunk");
    }
    gate.open();
    let mut reply = String::new();
    socket.read_to_string(&mut reply).unwrap();
    assert!(reply.contains("[DONE]"), "{reply}");
    // The client's own text is the client's; the operator's key is nobody else's.
    assert!(reply.contains("abcdefghijklmnop") && !reply.contains(KEY), "{reply}");
    log + &gateway.log_until("cause=Completed")
}

#[test]
fn bodies_and_chunks_are_shown_without_their_secrets() {
    let body = stream();
    let inside = |secret: &str| body.find(secret).unwrap() + secret.len() / 2;
    let cuts = SECRETS.iter().filter(|secret| body.contains(**secret)).map(|secret| inside(secret));
    for cut in cuts.chain([body.find("Bearer ").unwrap() + 7, body.find('ü').unwrap() + 1]) {
        let log = log(&["-v"], cut);
        for secret in SECRETS {
            assert!(!log.contains(secret), "{secret} is seen, cut at {cut}: {log}");
        }
        for shown in ["AKIA sk-ant-**** eyJ**** ****@****", "Bearer ****", "ghp_****"] {
            assert!(log.contains(shown), "{shown} is not seen, cut at {cut}: {log}");
        }
        for index in ["index=0 ", "index=1 "] {
            let line =
                log.lines().find(|line| line.contains(index)).expect("each chunk has a line");
            assert!(line.contains("stream chunk") && line.contains("at_ms="), "{line}");
            assert!(line.contains("id=\"req_"), "{line}");
        }
    }
}

#[test]
fn without_v_no_body_is_shown() {
    let log = log(&[], 10);
    assert!(!log.contains("stream chunk") && !log.contains("AKIA"), "{log}");
}
