//! `key new`, `key list`, `key revoke`, and a running gateway that follows them.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};

use crate::command::Home;
use crate::start::Running;

/// What a command prints to stdout; it must succeed.
fn printed(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn new_key(home: &Home, flags: &[&str]) -> String {
    printed(home.command(&[&["key", "new"], flags].concat()))
}

/// The public id in a key's text.
fn id(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

fn check(home: &Home, arguments: &[&str], expected: Expect) {
    expected.assert_eq(&home.run(arguments, ""));
}

#[test]
fn a_key_is_shown_once_and_kept_as_a_hash() {
    let home = Home::new();
    let key = new_key(&home, &["--name", "laptop"]);
    let secret = key.rsplit('_').next().unwrap();
    assert_eq!((key.len(), secret.len(), key.starts_with("ib_")), (80, 64, true));
    for file in std::fs::read_dir(home.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    let listed = printed(home.command(&["key", "list", "--json"]));
    assert!(listed.contains(id(&key)) && !listed.contains(secret), "{listed}");
    assert!(!listed.contains("sha256"), "{listed}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = std::fs::metadata(home.path().join("keys.json")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn keys_are_listed_with_all_that_limits_them() {
    let home = Home::new();
    check(
        &home,
        &["key", "list"],
        expect![[r#"
        --- stderr
        there are no keys; `ironbridge key new` makes one
        --- exit 0
    "#]],
    );
    let flags = ["--name", "team", "--models", "claude-*, gpt-5", "--rpm", "60", "--tpm", "100000"];
    let more = ["--expires", "2999-01-31", "--domain", "Team.example", "--budget", "20/month"];
    let scope = ["--paths", "/v1/messages", "--project", "house"];
    let team = new_key(&home, &[&flags[..], &more, &scope].concat());
    let old = new_key(&home, &["--name", "old"]);
    check(
        &home,
        &["key", "revoke", id(&old)],
        expect![[r#"
        the key "old" is revoked
        --- stderr
        --- exit 0
    "#]],
    );
    let listed = home.run(&["key", "list"], "");
    let today = listed.lines().nth(2).unwrap().split_whitespace().nth(10).unwrap().to_owned();
    assert_eq!(today.len(), "2026-01-31".len());
    let shown = listed.replace(id(&team), "id-of-a-team").replace(id(&old), "id-of-an-old");
    expect![[r#"
        ID            NAME  STATE    PROJECT  MODELS          PATHS      RPM  TPM     BUDGET       DOMAIN        CREATED     EXPIRES     LAST USED
        id-of-a-team  team  active   house    claude-*,gpt-5  /messages  60   100000  20USD/month  team.example  YYYY-MM-DD  2999-01-31  -
        id-of-an-old  old   revoked  -        *               *          -    -       -            -             YYYY-MM-DD  -           -
        --- stderr
        --- exit 0
    "#]].assert_eq(&shown.replace(&today, "YYYY-MM-DD"));
    let json: serde_json::Value =
        serde_json::from_str(&printed(home.command(&["key", "list", "--json"]))).unwrap();
    assert_eq!(json["keys"][0]["models"], serde_json::json!(["claude-*", "gpt-5"]));
    assert_eq!(json["keys"][0]["expires"], 32_474_736_000_u64);
    assert_eq!(json["keys"][1]["state"], "revoked");
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let home = Home::new();
    new_key(&home, &["--name", "laptop"]);
    check(
        &home,
        &["key", "new", "--name", "laptop"],
        expect![[r#"
        --- stderr
        error: there is a key named "laptop" already
        hint: take another --name, or revoke that one first
        --- exit 2
    "#]],
    );
    check(
        &home,
        &["key", "new", "--name", "a b"],
        expect![[r#"
        --- stderr
        error: --name is not a name: "a b"
        hint: a name has letters, digits, `-`, `_` and `.`
        --- exit 2
    "#]],
    );
    check(
        &home,
        &["key", "new", "--budget", "5EUR/month"],
        expect![[r#"
        --- stderr
        error: --budget is refused: `5EUR/month` is not an amount: a number, then USD, tokens or requests, then /day or /month or nothing
        hint: for example 20USD/month, 2000000tokens/day, 500requests
        --- exit 2
    "#]],
    );
    check(
        &home,
        &["key", "new", "--expires", "yesterday"],
        expect![[r#"
        --- stderr
        error: --expires is no moment of the next ten years: "yesterday"
        hint: for example 30d, 2027-01-31 or 2027-01-31T18:00:00Z
        --- exit 2
    "#]],
    );
    let kept = printed(home.command(&["key", "list", "--json"]));
    assert_eq!(kept.matches("\"id\"").count(), 1, "nothing was made: {kept}");
}

#[test]
fn values_that_fit_no_key_are_told() {
    let home = Home::new();
    new_key(&home, &["--name", "laptop"]);
    check(
        &home,
        &["key", "new", "--expires", "2001-01-01"],
        expect![[r#"
        --- stderr
        error: --expires is over: "2001-01-01"
        hint: for example 30d, 2027-01-31 or 2027-01-31T18:00:00Z
        --- exit 2
    "#]],
    );
    check(
        &home,
        &["key", "new", "--models", "["],
        expect![[r#"
        --- stderr
        error: --models is not a glob: unclosed character class; missing ']'
        --- exit 2
    "#]],
    );
    check(
        &home,
        &["key", "new", "--domain", "https://x"],
        expect![[r#"
        --- stderr
        error: --domain is not a host name: "https://x"
        hint: write it without scheme, port and path: "gateway.example.com"
        --- exit 2
    "#]],
    );
    check(
        &home,
        &["key", "new", "--rpm", "0"],
        expect![[r#"
        --- stderr
        error: invalid value '0' for '--rpm <REQUESTS>': 0 is not in 1..=1000000000
        --- exit 2
    "#]],
    );
    check(
        &home,
        &["key", "revoke", "phone"],
        expect![[r#"
        --- stderr
        error: there is no key "phone" to revoke
        hint: by name: laptop
        --- exit 2
    "#]],
    );
    check(
        &home,
        &["key"],
        expect![[r#"
        --- stderr
        error: 'ironbridge key' requires a subcommand but one was not provided [subcommands: new, list, rotate, revoke]
        hint: usage: ironbridge key [OPTIONS] <COMMAND>
        --- exit 2
    "#]],
    );
    let kept = printed(home.command(&["key", "list", "--json"]));
    assert_eq!(kept.matches("\"id\"").count(), 1, "nothing was made: {kept}");
}

#[test]
fn a_broken_file_is_named_and_left_alone() {
    let home = Home::with(&[("keys.json", "{\"keys\":[{\"id\":\"hunter2")]);
    let new = home.run(&["key", "new"], "");
    expect![[r#"
        --- stderr
        error: keys.json is no file of client keys: EOF while parsing a string at line 1 column 23
        hint: put back a copy, or move keys.json away and make new keys
        --- exit 1
    "#]]
    .assert_eq(&new);
    assert_eq!(home.run(&["key", "list"], ""), new);
    assert_eq!(home.run(&["start", "--offline"], ""), new);
    assert!(std::fs::read_to_string(home.path().join("keys.json")).unwrap().ends_with("hunter2"));
}

#[test]
fn commands_at_once_lose_no_key() {
    let home = Home::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| new_key(&home, &[]));
        }
    });
    let kept = printed(home.command(&["key", "list", "--json"]));
    assert_eq!(kept.matches("\"active\"").count(), 8, "{kept}");
}

#[test]
fn other_addresses_than_loopback_need_a_key() {
    let home = Home::new();
    check(
        &home,
        &["start", "--offline", "--host", "0.0.0.0", "--port", "0"],
        expect![[r#"
        --- stderr
        error: every machine that reaches 0.0.0.0:0 could use this gateway
        hint: `ironbridge key new` makes a client key; from then on every client needs one
        hint: --host 127.0.0.1 serves this machine only, without keys
        --- exit 2
    "#]],
    );
    let key = new_key(&home, &[]);
    let gateway = Running::start(&home, &["--offline", "--host", "0.0.0.0"]);
    assert_eq!(gateway.get("/v1/models").0, 401);
    assert_eq!(gateway.get_with("/v1/models", &bearer(&key)).0, 200);
}

fn bearer(key: &str) -> String {
    format!("authorization: Bearer {key}\r\n")
}

#[test]
fn a_running_gateway_follows_the_file() {
    let home = Home::new();
    let mut gateway = Running::start(&home, &["--offline"]);
    let models = |key: &str| gateway.get_with("/v1/models", &bearer(key)).0;
    assert_eq!(models("none"), 200, "without keys loopback is open");
    let first = new_key(&home, &["--name", "first"]);
    until(|| models("none") == 401);
    assert_eq!(models(&first), 200);
    let second = new_key(&home, &["--name", "second"]);
    until(|| models(&second) == 200);
    printed(home.command(&["key", "revoke", "first"]));
    until(|| models(&first) == 401);
    assert_eq!(models(&second), 200);
    printed(home.command(&["key", "revoke", "second"]));
    until(|| models(&second) == 401);
    assert_eq!(models("none"), 401, "the last key's end opens nothing");
    home.write("keys.json", "broken");
    let broken = Instant::now();
    until(|| {
        assert_eq!(models(&second), 401);
        broken.elapsed() > 2 * LOOK_INTERVAL
    });
    let log = gateway.log_until("the keys from before stay in force");
    assert!(log.contains("keys.json is no file of client keys"), "{log}");
}

/// How often a gateway looks at the file at most.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// Asks until it is so: the gateway looks at the file with the requests that come. The test's own time limit ends it.
fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        thread::yield_now();
    }
}

#[cfg(unix)]
#[test]
fn a_key_of_one_data_folder_is_known_to_all_gateways_on_the_ledger() {
    let Some(server) = ironbridge_testkit::PostgresServer::start() else { return };
    let url = server.database("ledger");
    let variables = [("DATABASE_URL", url.as_str())];
    let (here, there) = (Home::new(), Home::new());
    let on_ledger = |home: &Home, arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.envs(variables);
        printed(command)
    };
    let key = on_ledger(&here, &["key", "new", "--name", "laptop"]);
    let gateway = Running::start_with(&there, &["--offline"], &variables);
    let status =
        |text: &str| gateway.get_with("/v1/models", &format!("authorization: Bearer {text}\r\n")).0;
    assert_eq!((status(&key), gateway.get("/v1/models").0), (200, 401));

    let rotated = on_ledger(&here, &["key", "rotate", "laptop", "--overlap", "0s"]);
    assert_eq!(id(&rotated), id(&key));
    let follows = |text: &str, wanted: u16| {
        while status(text) != wanted {
            thread::sleep(Duration::from_millis(20));
        }
    };
    follows(&rotated, 200);
    assert_eq!(status(&key), 401);
    on_ledger(&here, &["key", "revoke", "laptop"]);
    follows(&rotated, 401);
    let listed = on_ledger(&there, &["key", "list"]);
    assert!(listed.contains("laptop") && listed.contains("revoked"), "{listed}");
}

#[cfg(unix)]
#[test]
fn keys_hold_while_the_ledger_is_away_and_none_are_taken_for_granted() {
    let Some(mut server) = ironbridge_testkit::PostgresServer::start() else { return };
    let url = server.database("ledger");
    let variables = [("DATABASE_URL", url.as_str())];
    let (with, without) = (Home::new(), Home::new());
    let mut command = with.command(&["key", "new"]);
    command.envs(variables);
    let key = printed(command);
    server.stop();
    let header = format!("authorization: Bearer {key}\r\n");
    for (home, status) in [(&with, 200), (&without, 401)] {
        let gateway = Running::start_with(home, &["--offline"], &variables);
        assert_eq!(gateway.get("/v1/models").0, 401);
        assert_eq!(gateway.get_with("/v1/models", &header).0, status);
    }
}
