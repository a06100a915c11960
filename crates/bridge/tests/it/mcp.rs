//! The MCP server.

use crate::wire::{Wire, soon};
use expect_test::{Expect, expect};
use ironbridge_bridge::{Allowed, McpSettings, serve_mcp};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const ALL: Allowed = Allowed { write: true, shell: true };

/// A server in a project of its own.
struct Server {
    project: TempDir,
    _state: TempDir,
    wire: Wire,
    serving: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Server {
    fn start(allowed: Allowed) -> Self {
        Self::with_roots(allowed, false)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "every test waits for it in `end`, or ends itself"
    )]
    fn with_roots(allowed: Allowed, roots_of_client: bool) -> Self {
        let (project, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let settings = McpSettings {
            tools: ironbridge_tools::tools(),
            project: project.path().to_owned(),
            roots_of_client,
            state: state.path().to_owned(),
            allowed,
        };
        let (wire, input, output) = Wire::new();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let stop = async { drop(stopped.await) };
            serve_mcp(settings, input, output, stop).await.unwrap();
        });
        Server { project, _state: state, wire, serving, stop }
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.project.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        self.wire.answer("tools/call", params).await
    }

    /// What a tool gave, or the message of its failure.
    async fn told(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments).await;
        if answer["error"].is_object() {
            return format!("{}: {}", answer["error"]["code"], answer["error"]["message"]);
        }
        let text = answer["result"]["content"][0]["text"].as_str().unwrap().to_owned();
        text.replace(&self.project.path().canonicalize().unwrap().display().to_string(), "PROJECT")
    }

    /// Closes the input; all that is to come comes, and the server ends.
    async fn end(mut self) {
        self.wire.close().await;
        soon("the server ends", self.serving).await.unwrap();
        drop(self.stop);
    }
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.canonicalize().unwrap().display())
}

#[tokio::test]
async fn a_client_is_greeted_in_its_own_revision_or_the_newest() {
    let mut server = Server::start(Allowed::default());
    let mut greeted = async |revision: &str| {
        let params = json!({
            "protocolVersion": revision, "capabilities": {}, "clientInfo": { "name": "t", "version": "0" }
        });
        server.wire.answer("initialize", params).await["result"]["protocolVersion"].take()
    };
    assert_eq!(greeted("2024-11-05").await, "2024-11-05");
    assert_eq!(greeted("2025-06-18").await, "2025-06-18");
    assert_eq!(greeted("1999-01-01").await, "2025-11-25");
    server.end().await;
}

#[tokio::test]
async fn a_tool_reads_and_says_so_twice() {
    let mut server = Server::start(Allowed::default());
    server.write("a.txt", "one\ntwo\n");
    let answer = server.call("read", json!({ "path": "a.txt", "offset": 2 })).await;
    assert_eq!(answer["result"]["structuredContent"]["text"], "two\n");
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    let text: Value = serde_json::from_str(text).unwrap();
    assert_eq!(text, answer["result"]["structuredContent"]);
    server.end().await;
}

#[tokio::test]
async fn what_is_not_allowed_is_not_done() {
    let mut server = Server::start(Allowed::default());
    let write = json!({ "path": "a.txt", "content": "x" });
    expect!["-32602: \"the tool write is not allowed; start the server with --allow-write\""]
        .assert_eq(&server.told("write", write).await);
    expect!["-32602: \"the tool shell is not allowed; start the server with --allow-shell\""]
        .assert_eq(&server.told("shell", json!({ "command": "touch a.txt" })).await);
    assert!(!server.project.path().join("a.txt").exists());
    server.end().await;
}

#[tokio::test]
async fn nothing_leads_out_of_the_project() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.txt"), "secret").unwrap();
    let mut server = Server::start(ALL);
    let link = server.project.path().join("link");
    std::os::unix::fs::symlink(outside.path(), &link).unwrap();
    let secret = outside.path().join("secret.txt").display().to_string();
    for path in ["link/secret.txt", "../secret.txt", secret.as_str()] {
        let told = server.told("read", json!({ "path": path })).await;
        assert!(told.contains(r#""code":"outside""#), "{path}: {told}");
        let told = server.told("write", json!({ "path": path, "content": "x" })).await;
        assert!(told.contains(r#""code":"outside""#), "{path}: {told}");
    }
    let command = format!("echo x > {secret}");
    server.told("shell", json!({ "command": command })).await;
    for uri in
        [uri(&outside.path().join("secret.txt")), format!("file://{}/secret.txt", link.display())]
    {
        let answer = server.wire.answer("resources/read", json!({ "uri": uri })).await;
        assert_eq!(answer["error"]["data"]["code"], "outside", "{answer}");
    }
    assert_eq!(fs::read_to_string(outside.path().join("secret.txt")).unwrap(), "secret");
    server.end().await;
}

#[tokio::test]
async fn a_failure_is_for_the_model_to_read() {
    let mut server = Server::start(ALL);
    let answer = server.call("read", json!({ "path": "none.txt" })).await;
    assert_eq!(answer["result"]["isError"], true);
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("not_found"));
    let answer = server.call("read", json!({ "pfad": "none.txt" })).await;
    assert_eq!(answer["result"]["isError"], true);
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("invalid_input"));
    let answer = server.wire.answer("tools/call", json!({ "nome": "read" })).await;
    assert_eq!(answer["error"]["code"], -32602);
    let answer = server.wire.answer("tools/list_all", json!({})).await;
    assert_eq!(answer["error"]["code"], -32601);
    server.end().await;
}

#[tokio::test]
async fn a_picture_is_shown_as_one() {
    let mut server = Server::start(Allowed::default());
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
    fs::write(server.project.path().join("a.png"), png).unwrap();
    let answer = server.call("read", json!({ "path": "a.png" })).await;
    assert_eq!(answer["result"]["content"][0]["type"], "image", "{answer}");
    assert_eq!(answer["result"]["content"][0]["mimeType"], "image/png");
    assert!(answer["result"]["content"][0]["data"].as_str().unwrap().starts_with("iVBORw0KGgo"));
    server.end().await;
}

#[tokio::test]
async fn files_are_resources() {
    let mut server = Server::start(Allowed::default());
    server.write("src/ä b.txt", "text");
    server.write("ignored.log", "");
    server.write(".gitignore", "*.log\n");
    fs::create_dir(server.project.path().join(".git")).unwrap();
    let listed = server.wire.answer("resources/list", json!({})).await;
    let names: Vec<&str> = listed["result"]["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|resource| resource["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, [".gitignore", "src/ä b.txt"]);
    let uri = listed["result"]["resources"][1]["uri"].clone();
    assert!(uri.as_str().unwrap().ends_with("/src/%C3%A4%20b.txt"));
    let read = server.wire.answer("resources/read", json!({ "uri": uri })).await;
    assert_eq!(read["result"]["contents"][0]["text"], "text");
    let missing = json!({ "uri": "file:///none/of/this" });
    let answer = server.wire.answer("resources/read", missing).await;
    assert_eq!(answer["error"]["code"], -32002);
    server.end().await;
}

#[tokio::test]
async fn long_lists_of_files_come_in_pages() {
    let mut server = Server::start(Allowed::default());
    for number in 0..1_100 {
        server.write(&format!("{number:04}.txt"), "");
    }
    let (mut params, mut seen) = (json!({}), Vec::new());
    loop {
        let page = server.wire.answer("resources/list", params).await;
        let resources = page["result"]["resources"].as_array().unwrap().clone();
        seen.push(resources.len());
        match page["result"].get("nextCursor") {
            Some(cursor) => params = json!({ "cursor": cursor }),
            None => break,
        }
    }
    assert_eq!(seen, [500, 500, 100]);
    let answer = server.wire.answer("resources/list", json!({ "cursor": "x" })).await;
    assert_eq!(answer["error"]["code"], -32602);
    server.end().await;
}

#[tokio::test]
async fn progress_shows_what_a_command_prints_while_it_runs() {
    let mut server = Server::start(ALL);
    let command = "echo hello; while [ ! -e go ]; do sleep 0.05; done";
    let params = json!({
        "name": "shell", "arguments": { "command": command }, "_meta": { "progressToken": "t" }
    });
    let id = server.wire.ask("tools/call", params).await;
    let mut last = 0;
    loop {
        let told = server.wire.next().await.unwrap();
        assert_eq!(told["method"], "notifications/progress", "{told}");
        assert_eq!(told["params"]["progressToken"], "t");
        let progress = told["params"]["progress"].as_u64().unwrap();
        assert!(progress > last);
        last = progress;
        if told["params"]["message"] == "hello\n" {
            break;
        }
    }
    server.write("go", "");
    let answer = server.wire.answer_to(id).await;
    assert_eq!(answer["result"]["structuredContent"]["exitCode"], 0, "{answer}");
    server.end().await;
}

/// Waits until the file is there.
async fn appears(path: &Path) {
    let there = async {
        while !path.exists() {
            tokio::task::yield_now().await;
        }
    };
    soon("the file appears", there).await;
}

/// A command that says which process it is and waits.
fn waits() -> Value {
    let command = "echo $$ > pid.tmp; mv pid.tmp pid; sleep 600";
    json!({ "name": "shell", "arguments": { "command": command } })
}

/// Waits until the process that wrote its number is no more.
async fn is_gone(project: &Path) {
    let pid = fs::read_to_string(project.join("pid")).unwrap();
    let process = Path::new("/proc").join(pid.trim());
    let gone = async {
        while process.exists() {
            tokio::task::yield_now().await;
        }
    };
    soon("the command ends", gone).await;
}

#[tokio::test]
async fn a_cancelled_call_ends_and_is_not_answered() {
    let mut server = Server::start(ALL);
    let id = server.wire.ask("tools/call", waits()).await;
    appears(&server.project.path().join("pid")).await;
    server.wire.tell("notifications/cancelled", json!({ "requestId": id })).await;
    is_gone(server.project.path()).await;
    server.wire.tell("notifications/cancelled", json!({ "requestId": 4711 })).await;
    let ping = server.wire.ask("ping", json!({})).await;
    assert_eq!(server.wire.next().await.unwrap()["id"], ping);
    server.wire.close().await;
    assert_eq!(server.wire.next().await, None);
    server.end().await;
}

#[tokio::test]
async fn a_client_that_vanishes_leaves_nothing_behind() {
    let mut server = Server::start(ALL);
    server.wire.ask("tools/call", waits()).await;
    appears(&server.project.path().join("pid")).await;
    let Server { project, wire, serving, _state, stop } = server;
    drop(wire);
    soon("the server ends", serving).await.unwrap();
    is_gone(project.path()).await;
    drop(stop);
}

#[tokio::test]
async fn a_server_that_is_stopped_ends_what_runs() {
    let mut server = Server::start(ALL);
    server.wire.ask("tools/call", waits()).await;
    appears(&server.project.path().join("pid")).await;
    let Server { project, wire, serving, _state, stop } = server;
    stop.send(()).unwrap();
    soon("the server ends", serving).await.unwrap();
    is_gone(project.path()).await;
    drop(wire);
}

#[tokio::test]
async fn what_was_asked_before_the_end_is_answered() {
    let mut server = Server::start(Allowed::default());
    server.write("a.txt", "text");
    let id = server
        .wire
        .ask("tools/call", json!({ "name": "read", "arguments": { "path": "a.txt" } }))
        .await;
    server.wire.close().await;
    assert_eq!(server.wire.next().await.unwrap()["id"], id);
    assert_eq!(server.wire.next().await, None);
    server.end().await;
}

/// What a line is answered with.
async fn check(line: &[u8], expected: Expect) {
    let mut server = Server::start(Allowed::default());
    server.wire.write(line).await;
    server.wire.write("\n").await;
    let ping = server.wire.ask("ping", json!({})).await;
    let answer = server.wire.next().await.unwrap();
    expected.assert_eq(&answer.to_string());
    if answer["id"] != ping {
        assert_eq!(server.wire.next().await.unwrap()["id"], ping);
    }
    server.end().await;
}

#[tokio::test]
async fn a_line_that_cannot_be_read_is_answered_and_the_next_one_is_read() {
    check(b"{\"jsonrpc\":\"2.0\",\"id\":", expect![[r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON: EOF while parsing a value at line 1 column 22"}}"#]]).await;
    check(b"\xff\xfe\x00", expect![[r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON: expected value at line 1 column 1"}}"#]]).await;
    check(b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", expect![[r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no message: batches are not taken"}}"#]]).await;
    check(
        b"{\"jsonrpc\":\"2.0\",\"id\":\"nobody\",\"result\":{}}",
        expect![[r#"{"jsonrpc":"2.0","id":1,"result":{}}"#]],
    )
    .await;
}

#[tokio::test]
async fn a_line_that_is_too_long_is_refused_without_being_kept() {
    let mut server = Server::start(Allowed::default());
    let piece = vec![b'x'; 1 << 20];
    server.wire.write(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"").await;
    for _ in 0..65 {
        server.wire.write(&piece).await;
    }
    server.wire.write("\n").await;
    let answer = server.wire.next().await.unwrap();
    expect![[r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"the line has 68157474 bytes; at most 67108864 are read"}}"#]].assert_eq(&answer.to_string());
    assert_eq!(server.wire.answer("ping", json!({})).await["result"], json!({}));
    server.end().await;
}

#[tokio::test]
async fn a_flood_is_answered_to_the_last_request_or_refused_as_too_much() {
    let mut server = Server::start(ALL);
    // Eight calls take all places until they are told to go on.
    let wait = "while [ ! -e go ]; do sleep 0.05; done";
    for _ in 0..8 {
        server
            .wire
            .ask("tools/call", json!({ "name": "shell", "arguments": { "command": wait } }))
            .await;
    }
    let call = json!({ "name": "parse_shell", "arguments": { "command": "ls" } });
    let asked = 2_000;
    let line =
        |id: u64| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": call });
    let flood: String = (100..100 + asked).map(|id| format!("{}\n", line(id))).collect();
    let go = server.project.path().join("go");
    let (asks, answers) = server.wire.halves();
    let mut seen = std::collections::HashSet::new();
    let (mut refused, mut done) = (0, 0);
    let reading = async {
        while refused + done < asked + 8 {
            let answer: Value =
                serde_json::from_str(&answers.next_line().await.unwrap().unwrap()).unwrap();
            assert!(seen.insert(answer["id"].to_string()), "answered twice: {answer}");
            if answer["error"]["code"] == -32029 {
                refused += 1;
                assert_eq!(done, 0, "refused while others were being answered");
                if refused == asked + 8 - 1_024 {
                    fs::write(&go, "").unwrap();
                }
            } else {
                assert!(answer["result"]["structuredContent"].is_object(), "{answer}");
                done += 1;
            }
        }
    };
    let writing = async { asks.write_all(flood.as_bytes()).await.unwrap() };
    soon("all are answered", async { tokio::join!(writing, reading) }).await;
    assert_eq!((refused, done), (984, 1_024));
    server.end().await;
}

#[tokio::test]
async fn an_id_is_answered_once() {
    let mut server = Server::start(ALL);
    let line = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "shell", "arguments": { "command": "while [ ! -e go ]; do sleep 0.05; done" }
    } });
    server.wire.write(format!("{line}\n{line}\n")).await;
    let answer = server.wire.next().await.unwrap();
    assert_eq!(answer["error"]["message"], "the request 1 is not answered yet");
    server.write("go", "");
    assert_eq!(server.wire.next().await.unwrap()["result"]["structuredContent"]["exitCode"], 0);
    server.end().await;
}

#[tokio::test]
async fn the_roots_of_a_client_are_its_project() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(one.path().join("one.txt"), "1").unwrap();
    fs::write(two.path().join("two.txt"), "2").unwrap();
    let mut server = Server::with_roots(Allowed::default(), true);
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": { "roots": { "listChanged": true } },
        "clientInfo": { "name": "t", "version": "0" }
    });
    server.wire.answer("initialize", params).await;
    server.wire.tell("notifications/initialized", json!({})).await;
    // A call that comes before the roots are known waits for them.
    let early = server
        .wire
        .ask("tools/call", json!({ "name": "read", "arguments": { "path": "one.txt" } }))
        .await;
    let asked = server.wire.next().await.unwrap();
    assert_eq!(asked["method"], "roots/list");
    let roots = json!([
        { "uri": uri(one.path()) }, { "uri": uri(two.path()), "name": "two" },
        { "uri": "https://example.com" }, { "uri": "file:///none/of/this" }
    ]);
    let answer = json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "roots": roots } });
    server.wire.write(format!("{answer}\n")).await;
    let read = server.wire.answer_to(early).await;
    assert_eq!(read["result"]["structuredContent"]["text"], "1");
    let both = two.path().canonicalize().unwrap().join("two.txt").display().to_string();
    let read = server.call("read", json!({ "path": both })).await;
    assert_eq!(read["result"]["structuredContent"]["text"], "2");
    server.write("own.txt", "own");
    let own = server.project.path().join("own.txt").display().to_string();
    let read = server.told("read", json!({ "path": own })).await;
    assert!(read.contains("outside"), "{read}");
    server.end().await;
}

#[tokio::test]
async fn roots_do_not_count_where_the_project_is_named() {
    let mut server = Server::start(Allowed::default());
    server.write("a.txt", "a");
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": { "roots": {} },
        "clientInfo": { "name": "t", "version": "0" }
    });
    server.wire.answer("initialize", params).await;
    server.wire.tell("notifications/initialized", json!({})).await;
    let read = server.call("read", json!({ "path": "a.txt" })).await;
    assert_eq!(read["result"]["structuredContent"]["text"], "a");
    server.end().await;
}
