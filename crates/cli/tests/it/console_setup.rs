//! What the console shows of what was said and of how a gateway is set up, to whom, and what it remembers of that.

use std::time::Instant;

use serde_json::{Value, json};

use crate::command::Home;
use crate::console::{PATIENCE, PROXIED, VARIABLES, ask, document, send};
use crate::start::Running;

const CONFIG: &str = "[ledger]\nbodies = \"1d\"\n[server]\nadmin_token = { env = \"ADMIN\" }\n\
                      read_token = { env = \"READER\" }\n[[provider]]\nname = \"offline\"\nkind = \"offline\"\n\
                      [[provider]]\nname = \"claude\"\nkind = \"anthropic\"\ncredential = { env = \"KEY\" }\n";
const KEY: &str = "sk-ant-api03-secret-of-the-config";
const JSON: &str = "content-type: application/json\r\n";

fn gateway() -> (Home, Running) {
    let home = Home::new();
    home.write("config.toml", CONFIG);
    let variables = [VARIABLES, &[("KEY", KEY)]].concat();
    let running = Running::start_with(&home, &["--offline"], &variables);
    (home, running)
}

/// Asks until the ledger has it, which is a moment after the reply.
fn once_kept(running: &Running, path: &str) -> Value {
    let begun = Instant::now();
    loop {
        let (status, found) = document(running.get(path));
        if status == 200 {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{path}: {status} {found}");
    }
}

#[test]
fn what_was_said_is_shown_to_the_admin_alone_and_that_is_remembered() {
    let (_home, running) = gateway();
    let secret = "sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let id = ask(&running, "s-1", "claude-sonnet-4-5", &format!("my key is {secret}, hello"));
    let request = once_kept(&running, &format!("/api/exchanges/{id}/request"));
    let said = request["messages"][0]["content"].as_str().unwrap();
    assert!(said.ends_with(", hello") && !said.contains(secret), "{said}");
    let (_, reply) = document(running.get(&format!("/api/exchanges/{id}/reply")));
    assert_eq!(reply["role"], "assistant", "{reply}");
    let (_, whole) = document(running.get(&format!("/api/exchanges/{id}")));
    assert_eq!(
        (&whole["bodies"]["request"], &whole["bodies"]["reply"]),
        (&true.into(), &true.into())
    );
    for (token, expected) in [("reader-secret-1", 403), ("admin-secret-1", 200), ("wrong", 401)] {
        let headers = format!("{PROXIED}authorization: Bearer {token}\r\n");
        let path = format!("/api/exchanges/{id}/request");
        assert_eq!(send(&running, "GET", &path, &headers, "").0, expected, "{token}");
    }
    assert_eq!(running.get("/api/exchanges/req_none/reply").0, 404);
    let (_, audit) = document(running.get("/api/audit"));
    let seen = audit["data"].as_array().unwrap().iter().map(|deed| {
        (
            deed["known_by"].as_str().unwrap(),
            deed["role"].as_str().unwrap(),
            deed["status"].as_u64().unwrap(),
        )
    });
    let last: Vec<_> = seen.take(3).collect();
    let expected =
        [("this_machine", "admin", 404), ("token", "admin", 200), ("token", "reader", 403)];
    assert_eq!(last, expected, "{audit}");
}

#[test]
fn keys_are_made_shown_once_and_revoked() {
    let (_home, running) = gateway();
    let wanted = json!({"name": "laptop", "models": "claude-*", "rpm": 60, "budget": "5USD/day", "expires": "30d"});
    let (status, made) = document(send(&running, "POST", "/api/keys", JSON, &wanted.to_string()));
    assert_eq!(status, 200, "{made}");
    let (text, id) = (made["text"].as_str().unwrap(), made["key"]["id"].as_str().unwrap());
    let ask = |key: &str| {
        let headers = format!("{JSON}authorization: Bearer {key}\r\n");
        let body = json!({"model": "claude-x", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
        send(&running, "POST", "/v1/messages", &headers, &body.to_string()).0
    };
    assert_eq!((ask(text), ask("wrong")), (200, 401));
    let (_, listed) = document(running.get("/api/keys"));
    let key = &listed["data"][0];
    assert_eq!(
        (&key["name"], &key["state"], &key["models"]),
        (&json!("laptop"), &json!("active"), &json!(["claude-*"]))
    );
    assert!(!listed.to_string().contains(text), "{listed}");
    for (wrong, status) in [
        (json!({"name": "laptop"}), 400),
        (json!({"budget": "much"}), 400),
        (json!({"expires": "yesterday"}), 400),
        (json!({"colour": "red"}), 400),
    ] {
        let (found, error) =
            document(send(&running, "POST", "/api/keys", JSON, &wrong.to_string()));
        assert_eq!(found, status, "{wrong}: {error}");
        assert!(error["error"]["message"].is_string());
    }
    let reader = format!("{PROXIED}{JSON}authorization: Bearer reader-secret-1\r\n");
    assert_eq!(send(&running, "POST", "/api/keys", &reader, "{}").0, 403);
    assert_eq!(send(&running, "POST", "/api/keys/none/revoke", JSON, "{}").0, 404);
    let (status, revoked) =
        document(send(&running, "POST", &format!("/api/keys/{id}/revoke"), JSON, "{}"));
    assert_eq!((status, revoked["state"] == "active"), (200, false), "{revoked}");
    let begun = Instant::now();
    while ask(text) != 401 {
        assert!(begun.elapsed() < PATIENCE, "a running gateway notices it");
    }
}

#[test]
fn accounts_prices_and_settings_are_shown_without_secrets() {
    let (_home, running) = gateway();
    let mut all = String::new();
    for path in ["/api/accounts", "/api/quotas", "/api/settings", "/api/prices", "/api/keys"] {
        let (status, answer) = running.get(path);
        assert_eq!(status, 200, "{path}: {answer}");
        all.push_str(&answer);
    }
    for secret in [KEY, "admin-secret-1", "reader-secret-1"] {
        assert!(!all.contains(secret), "{secret} is shown");
    }
    let (_, accounts) = document(running.get("/api/accounts"));
    let states: Vec<_> = accounts["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["name"], &one["state"]))
        .collect();
    assert!(states.contains(&(&json!("offline"), &json!("none"))), "{accounts}");
    let (_, prices) = document(running.get("/api/prices"));
    let row =
        prices["models"].as_array().unwrap().iter().find(|row| row["model"] == "claude-sonnet-4-5");
    assert_eq!(row.unwrap()["cache_read"], 0.3, "{prices}");
    let (status, error) = document(send(&running, "POST", "/api/accounts/none/check", JSON, "{}"));
    assert_eq!(status, 404, "{error}");
}
