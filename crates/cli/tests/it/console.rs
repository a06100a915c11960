//! The console of a real gateway: what it lists, who gets in, what hostile pages and hostile texts come to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::command::Home;
use crate::start::Running;

const CONFIG: &str =
    "[ledger]\n[server]\nadmin_token = { env = \"ADMIN\" }\nread_token = { env = \"READER\" }\n";
pub(crate) const VARIABLES: &[(&str, &str)] =
    &[("ADMIN", "admin-secret-1"), ("READER", "reader-secret-1")];

/// So that a request does not count as made on this machine.
pub(crate) const PROXIED: &str = "x-forwarded-for: 192.0.2.1\r\n";

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

fn gateway() -> (Home, Running) {
    let home = Home::new();
    home.write("config.toml", CONFIG);
    let running = Running::start_with(&home, &["--offline"], VARIABLES);
    (home, running)
}

/// The status and the document of an answer.
pub(crate) fn document((status, answer): (u16, String)) -> (u16, Value) {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

/// Sends a request with header lines, each with its end; the status and the whole answer.
pub(crate) fn send(
    running: &Running,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String) {
    let mut socket = TcpStream::connect(&running.address).unwrap();
    let host = match headers.to_ascii_lowercase().contains("host:") {
        true => String::new(),
        false => format!("host: {}\r\n", running.address),
    };
    write!(
        socket,
        "{method} {path} HTTP/1.1\r\n{host}connection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

/// Asks for a reply in a session; the exchange's id.
pub(crate) fn ask(running: &Running, session: &str, model: &str, text: &str) -> String {
    let body = serde_json::json!({
        "model": model, "max_tokens": 50, "messages": [{"role": "user", "content": text}],
    });
    let headers = format!("content-type: application/json\r\nx-session-id: {session}\r\n");
    let (_, answer) = send(running, "POST", "/v1/messages", &headers, &body.to_string());
    let id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: "));
    id.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn exchanges_are_listed_page_by_page_and_found_by_several_properties() {
    let (_home, running) = gateway();
    let ids: Vec<String> = (0..7)
        .map(|number| {
            let (session, model) = (format!("s-{}", number % 2), format!("m-{}", number % 3));
            ask(&running, &session, &model, "hello")
        })
        .collect();
    // At once, whether the database has it already or not.
    for id in &ids {
        let (status, found) = document(running.get(&format!("/api/exchanges/{id}")));
        assert_eq!((status, &found["id"]), (200, &Value::from(id.as_str())), "{found}");
        assert_eq!(found["usage"]["output_tokens"], 4, "{found}");
    }
    let listed = |query: &str| {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/exchanges?limit=2{query}{after}");
            let (status, page) = document(running.get(&path));
            assert_eq!(status, 200, "{page}");
            let data = page["data"].as_array().unwrap();
            assert!(data.len() <= 2);
            found.extend(data.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return found,
            }
        }
    };
    // What has just ended is in the list as well, so wait until all of it is in the database.
    let begun = std::time::Instant::now();
    while listed("").len() < 7 {
        assert!(begun.elapsed() < PATIENCE, "{:?}", listed(""));
    }
    let of = |keep: fn(usize) -> bool| {
        let kept = ids.iter().enumerate().filter(|(number, _)| keep(*number));
        kept.map(|(_, id)| id.clone()).rev().collect::<Vec<_>>()
    };
    assert_eq!(listed(""), of(|_| true));
    assert_eq!(listed("&session=s-1"), of(|number| number % 2 == 1));
    assert_eq!(listed("&session=s-1&model=m-0"), of(|number| number % 2 == 1 && number % 3 == 0));
    assert_eq!(listed("&status=failed"), Vec::<String>::new());
    assert_eq!(listed("&status=200&class=query_evaluation&provider=offline").len(), 7);
    let (_, one) = document(running.get(&format!("/api/exchanges/{}", ids[3])));
    assert_eq!((&one["newer"], &one["older"]), (&ids[4].as_str().into(), &ids[2].as_str().into()));
    let (_, overview) = document(running.get("/api/overview?by=model"));
    assert_eq!(overview["total"]["exchanges"], 7, "{overview}");
    assert_eq!(overview["groups"].as_array().unwrap().len(), 3);
    let (_, sessions) = document(running.get("/api/conversations?kind=session&search=s-0"));
    assert_eq!(sessions["data"][0]["sums"]["exchanges"], 4, "{sessions}");
}

#[test]
fn what_is_wrong_is_told_in_one_shape() {
    let (_home, running) = gateway();
    for (path, status) in [
        ("/api/exchanges?limit=0", 400),
        ("/api/exchanges?limit=501", 400),
        ("/api/exchanges?status=odd", 400),
        ("/api/exchanges?after=nowhere", 400),
        ("/api/exchanges?colour=red", 400),
        ("/api/exchanges/req_none", 404),
        ("/api/exchanges/%ff", 400),
        ("/api/conversations/none", 404),
        ("/api/overview?by=colour", 400),
        ("/api/overview?since_ms=2&until_ms=1", 400),
        ("/api/nothing", 404),
        ("/api/sessions/s-1/pause", 405),
    ] {
        let (found, error) = document(running.get(path));
        assert_eq!(found, status, "{path}: {error}");
        for member in ["message", "type", "code"] {
            assert!(error["error"][member].is_string(), "{path}: {error}");
        }
    }
}

#[test]
fn texts_of_clients_are_only_texts() {
    let (_home, running) = gateway();
    let hostile = "'; DROP TABLE exchange; -- <script>alert(1)</script> %_";
    let id = ask(&running, "s-%27", hostile, "hello");
    let (_, found) = document(running.get(&format!("/api/exchanges/{id}")));
    assert_eq!(found["model"], hostile);
    for query in ["model=%27%20OR%201%3D1%20--", "session=%25", "domain=_________", "key=%00"] {
        let (status, page) = document(running.get(&format!("/api/exchanges?{query}")));
        assert_eq!((status, page["data"].as_array().unwrap().len()), (200, 0), "{query}: {page}");
    }
    let (status, _) = document(running.get("/api/exchanges"));
    assert_eq!(status, 200, "the table is still there");
}

#[test]
fn pages_of_other_sites_do_not_get_in() {
    let (_home, running) = gateway();
    let json = "content-type: application/json\r\n";
    for (method, path, headers, status) in [
        ("GET", "/api/exchanges", "host: evil.example\r\n", 403),
        ("GET", "/dashboard/", "host: evil.example\r\n", 403),
        ("GET", "/api/live", "host: localhost.evil.example\r\n", 403),
        ("GET", "/api/exchanges", "origin: https://evil.example\r\n", 403),
        ("GET", "/api/live", "origin: null\r\n", 403),
        (
            "POST",
            "/api/sessions/s/stop",
            "origin: https://evil.example\r\ncontent-type: application/json\r\n",
            403,
        ),
        ("POST", "/api/sessions/s/stop", "content-type: text/plain\r\n", 415),
        ("POST", "/api/sign-in", "content-type: application/x-www-form-urlencoded\r\n", 415),
        ("GET", "/api/exchanges", "x-forwarded-for: 192.0.2.1\r\n", 401),
        ("GET", "/api/live", "x-real-ip: 192.0.2.1\r\n", 401),
        ("GET", "/api/exchanges", "authorization: Bearer wrong\r\n", 401),
    ] {
        let (found, answer) = send(&running, method, path, headers, "{}");
        assert_eq!(found, status, "{method} {path} {headers}: {answer}");
        assert!(!answer.contains("access-control-allow-origin"), "{answer}");
    }
    let (status, _) = send(&running, "POST", "/api/sessions/s/stop", json, "{}");
    assert_eq!(status, 404, "on this machine nothing is asked for, and there is no such session");
}

#[test]
fn a_token_opens_and_a_cookie_works_for_our_own_page_alone() {
    let (_home, running) = gateway();
    ask(&running, "s-1", "m", "hello");
    let json = format!("{PROXIED}content-type: application/json\r\n");
    let stop = "/api/sessions/s-1/stop";
    let bearer = |token: &str| format!("{json}authorization: Bearer {token}\r\n");
    assert_eq!(send(&running, "GET", "/api/exchanges", &bearer("reader-secret-1"), "").0, 200);
    assert_eq!(send(&running, "POST", stop, &bearer("reader-secret-1"), "{}").0, 403);
    assert_eq!(send(&running, "POST", stop, &bearer("admin-secret-1"), "{}").0, 200);
    assert_eq!(send(&running, "POST", "/api/sign-in", &json, r#"{"token":"no"}"#).0, 401);
    let (status, answer) =
        send(&running, "POST", "/api/sign-in", &json, r#"{"token":"admin-secret-1"}"#);
    assert_eq!(status, 204, "{answer}");
    let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    assert!(!set.contains("admin-secret-1"), "the cookie is not the token");
    let cookie = format!("{json}cookie: {}\r\n", set.split(';').next().unwrap());
    assert_eq!(send(&running, "GET", "/api/exchanges", &cookie, "").0, 200);
    let resume = "/api/sessions/s-1/resume";
    assert_eq!(send(&running, "POST", resume, &cookie, "{}").0, 403, "no page of ours says so");
    let own = format!("{cookie}origin: http://{}\r\n", running.address);
    assert_eq!(send(&running, "POST", resume, &own, "{}").0, 200);
    assert_eq!(send(&running, "POST", "/api/sign-out", &own, "{}").0, 204);
    assert_eq!(send(&running, "GET", "/api/exchanges", &cookie, "").0, 401, "signed out");
}

/// A listener to the live events.
struct Listener(BufReader<TcpStream>);

/// One event: its id, its name and its document.
type Event = (String, String, Value);

impl Listener {
    fn open(running: &Running, last: Option<&str>) -> Self {
        let mut socket = TcpStream::connect(&running.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let last = last.map_or_else(String::new, |last| format!("last-event-id: {last}\r\n"));
        write!(socket, "GET /api/live HTTP/1.1\r\nhost: {}\r\n{last}\r\n", running.address)
            .unwrap();
        Listener(BufReader::new(socket))
    }

    /// Reads on to the next event.
    fn next(&mut self) -> Event {
        let (mut id, mut name) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the stream ended");
            if let Some(text) = line.trim_end().strip_prefix("id: ") {
                text.clone_into(&mut id);
            } else if let Some(text) = line.trim_end().strip_prefix("event: ") {
                text.clone_into(&mut name);
            } else if let Some(text) = line.trim_end().strip_prefix("data: ") {
                return (id, name, serde_json::from_str(text).unwrap());
            }
        }
    }

    /// The exchanges that end, up to the one of that id, each with the id of its event.
    fn exchanges_until(&mut self, last: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        loop {
            let (event, name, document) = self.next();
            if name != "exchange" {
                continue;
            }
            let id = document["id"].as_str().unwrap().to_owned();
            found.push((event, id.clone()));
            if id == last {
                return found;
            }
        }
    }
}

#[test]
fn live_events_are_told_again_without_gap_or_double() {
    let (_home, mut running) = gateway();
    let mut first = Listener::open(&running, None);
    assert_eq!(first.next().1, "board");
    let ids: Vec<String> = (0..3).map(|_| ask(&running, "s", "m", "hi")).collect();
    let heard = first.exchanges_until(&ids[2]);
    assert_eq!(heard.iter().map(|(_, id)| id).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
    drop(first);
    let missed: Vec<String> = (0..3).map(|_| ask(&running, "s", "m", "hi")).collect();
    let mut again = Listener::open(&running, Some(&heard[0].0));
    let expected: Vec<_> = ids[1..].iter().chain(&missed).cloned().collect();
    let told: Vec<_> = again.exchanges_until(&missed[2]).into_iter().map(|(_, id)| id).collect();
    assert_eq!(told, expected);
    // A place that is no longer kept, or of another gateway: the board, and what happens from now on.
    for lost in ["1-1", "nonsense"] {
        assert_eq!(Listener::open(&running, Some(lost)).next().1, "board", "{lost}");
    }
    // An open stream does not keep the gateway.
    running.stop();
    let mut rest = String::new();
    again.0.read_to_string(&mut rest).unwrap();
}

#[test]
fn the_board_follows_a_session_and_what_is_done_to_it() {
    let (_home, running) = gateway();
    let mut live = Listener::open(&running, None);
    ask(&running, "s-1", "m", "hello");
    let phases = |live: &mut Listener, held: &str| loop {
        let (_, name, row) = live.next();
        if name == "session" && row["held"] == held {
            return row["agents"][0]["phase"].as_str().unwrap().to_owned();
        }
    };
    let (status, paused) = running.post("/api/sessions/s-1/pause", "{}");
    assert_eq!(status, 200, "{paused}");
    assert_eq!(phases(&mut live, "paused"), "idle");
    assert_eq!(running.post("/api/sessions/s-1/stop", "{}").0, 200);
    assert_eq!(phases(&mut live, "stopped"), "idle");
    let (_, refused) = running.post("/v1/messages", r#"{"model":"m"}"#);
    assert!(!refused.contains("session_stopped"), "another session is not concerned");
}

#[test]
fn the_dashboard_alone_reads_the_ledger_and_cannot_write() {
    let (home, mut running) = gateway();
    let id = ask(&running, "s-1", "m", "hello");
    running.stop();
    let mut alone = home.command(&["dashboard", "--port", "0"]);
    alone.envs(VARIABLES.iter().copied()).stdout(Stdio::piped());
    let mut alone = alone.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(alone.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address =
        line.trim().strip_prefix("listening on http://").unwrap().trim_end_matches("/dashboard/");
    let ask_it = |method: &str, path: &str| {
        let mut socket = TcpStream::connect(address).unwrap();
        write!(socket, "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        document((answer.split(' ').nth(1).unwrap().parse().unwrap(), answer))
    };
    let (status, found) = ask_it("GET", &format!("/api/exchanges/{id}"));
    assert_eq!((status, &found["session"]), (200, &Value::from("s-1")), "{found}");
    assert_eq!(ask_it("GET", "/api/overview").1["total"]["exchanges"], 1);
    assert_eq!(ask_it("POST", "/api/sessions/s-1/stop").0, 404, "no session lives here");
    assert_eq!(ask_it("POST", "/v1/messages").0, 404, "it is no gateway");
    alone.kill().unwrap();
    alone.wait().unwrap();
}

#[test]
fn without_a_dashboard_there_is_none() {
    let home = Home::new();
    let running = Running::start_with(&home, &["--offline", "--no-dashboard"], &[]);
    assert_eq!(running.get("/dashboard").0, 404);
    assert_eq!(running.get("/api/live").0, 404);
}
