//! All mistakes of a file, together.

use expect_test::expect;

use super::check;

#[test]
fn all_mistakes_are_reported_with_their_lines() {
    check(
        r#"
[server]
listen = 4141
domans = ["a.example"]
keep_alive = 15
on_429 = "wiat"
exchanges_kept = -1

[limits]
body_max = "64MB"
header_max = "1KiB"
queue_wait = "2h"

[[provder]]
name = "x"

[[provider]]
name = "main"
kind = "opena"
base_url = "api.example.com"

[[route]]
match = "claude-*"
targets = ["main", "man/gpt-5", "main/"]
"#,
        expect![[r#"
            error: cannot read config.toml line 3: server.listen must be a string, not a number
            error: cannot read config.toml line 4: unknown key "domans" in [server]
            hint: did you mean "domains"?
            error: cannot read config.toml line 5: server.keep_alive needs a unit
            hint: "15s" are seconds, "15ms" milliseconds
            error: cannot read config.toml line 6: server.on_429 must be one of "answer", "wait", not "wiat"
            hint: did you mean "wait"?
            error: cannot read config.toml line 7: server.exchanges_kept must be from 0 to 1000000, not -1
            error: cannot read config.toml line 10: limits.body_max is not a size: "64MB"
            hint: a size is a whole number with B, KiB, MiB or GiB: "64MiB"
            error: cannot read config.toml line 11: limits.header_max must be from 8KiB to 1MiB, not 1KiB
            error: cannot read config.toml line 12: limits.queue_wait must be from 0s to 1h, not 2h
            error: cannot read config.toml line 14: unknown section "provder"
            hint: did you mean "provider"?
            error: cannot read config.toml line 19: provider.kind must be one of "offline", "anthropic", "openai", "copilot", not "opena"
            hint: did you mean "openai"?
            error: cannot read config.toml line 20: provider.base_url is not a whole URL
            hint: a URL such as "https://api.example.com/v1"
            error: cannot read config.toml line 24: route.targets names a provider that is not there: "man"
            hint: did you mean "main"?
            error: cannot read config.toml line 24: route.targets names no model after the slash: "main/"
        "#]],
    );
}

#[test]
fn a_syntax_error_shows_its_line_but_not_the_text() {
    check(
        "[server]\nadmin_token = sk-secret\n",
        expect![[r#"
        error: cannot read config.toml line 2: string values must be quoted, expected literal string
    "#]],
    );
    check(
        "[server]\nlisten = \"a\"\nlisten = \"b\"\n",
        expect![[r#"
        error: cannot read config.toml line 3: duplicate key
    "#]],
    );
}

#[test]
fn names_stand_where_they_belong() {
    check(
        "listen = \"127.0.0.1:80\"\n[logging]\nlevel = 1\n",
        expect![[r#"
        error: cannot read config.toml line 1: unknown key "listen"
        hint: `listen` is a key of [server]
        error: cannot read config.toml line 2: unknown section "logging"
    "#]],
    );
    check(
        "server = 1\nprovider = 2\n[ledger]\nurl = \"mysql:x\"\nbodies = \"7 days\"\n",
        expect![[r#"
        error: cannot read config.toml line 1: server must be a table
        hint: write [server]
        error: cannot read config.toml line 2: provider must be a list of tables
        hint: write [[provider]] for each
        error: cannot read config.toml line 4: ledger.url is wrong: `mysql` is no address of a ledger: it begins with neither `sqlite:` nor `postgres://`
        error: cannot read config.toml line 5: ledger.bodies is not a duration: "7 days"
        hint: a duration is a whole number with ms, s, m, h or d: "90s", "10m"
    "#]],
    );
    check(
        "[ledger]\nurl = \"postgres://me:secret@db/ledger\"\nsync = \"never\"\njournal_max = \"1B\"\n",
        expect![[r#"
        error: cannot read config.toml line 2: ledger.url holds a password, and a config file holds no secrets
        hint: leave it out here, and give the whole address in DATABASE_URL
        error: cannot read config.toml line 3: ledger.sync must be one of "process", "full", not "never"
        error: cannot read config.toml line 4: ledger.journal_max must be from 1MiB to 1024GiB, not 1B
    "#]],
    );
    check(
        "[[server]]\n[provider]\nname = \"x\"\n",
        expect![[r#"
        error: cannot read config.toml line 1: server must be a table
        hint: write [server]
        error: cannot read config.toml line 2: provider must be a list of tables
        hint: write [[provider]] for each
    "#]],
    );
}

#[test]
fn providers_are_whole_and_unique() {
    check(
        "[[provider]]\n\n[[provider]]\nname = \"a/b\"\nkind = 1\n",
        expect![[r#"
        error: cannot read config.toml line 1: [[provider]] has no `name`
        hint: name = "local"
        error: cannot read config.toml line 1: [[provider]] has no `kind`
        hint: kind = "openai"
        error: cannot read config.toml line 4: provider.name is not a name: "a/b"
        hint: a name has letters, digits, `-`, `_` and `.`
        error: cannot read config.toml line 5: provider.kind must be a string, not a number
    "#]],
    );
    check(
        "[[provider]]\nname = \"a\"\nkind = \"offline\"\n[[provider]]\nname = \"a\"\nkind = \"offline\"\n",
        expect![[r#"
            error: cannot read config.toml line 5: two providers are named "a"
        "#]],
    );
    check(
        r#"
[[provider]]
name = "a"
kind = "offline"
base_url = "http://x/"
[[provider]]
name = "b"
kind = "anthropic"
api = ["chat"]
[[provider]]
name = "c"
kind = "openai"
api = ["chat", "messages"]
timeouts = { connect = "1ms", headrs = "1s" }
[provider.pool]
connections_max = 0
"#,
        expect![[r#"
            error: cannot read config.toml line 5: provider.base_url is nothing that the built-in model has
            hint: remove `base_url`
            error: cannot read config.toml line 9: provider.api is nothing that an "anthropic" provider has
            hint: remove `api`
            error: cannot read config.toml line 13: provider.api must be one of "chat", "responses", not "messages"
            hint: did you mean "responses"?
            error: cannot read config.toml line 14: unknown key "headrs" in [provider.timeouts]
            hint: did you mean "headers"?
            error: cannot read config.toml line 14: provider.timeouts.connect must be from 100ms to 10m, not 1ms
            error: cannot read config.toml line 16: provider.pool.connections_max must be from 1 to 100000, not 0
        "#]],
    );
}

#[test]
fn urls_are_checked_without_being_repeated() {
    let provider = "[[provider]]\nname = \"a\"\nkind = \"openai\"\n";
    for (url, expected) in [
        (
            "https://me:sk-secret@api.example.com",
            expect![[r#"
            error: cannot read config.toml line 4: provider.base_url holds a user name or password
            hint: put the key into `credential`
        "#]],
        ),
        (
            "ftp://sk-secret",
            expect![[r#"
            error: cannot read config.toml line 4: provider.base_url must begin with http:// or https://, not ftp://
        "#]],
        ),
        (
            "https://api.example.com/v1?key=sk-secret",
            expect![[r#"
            error: cannot read config.toml line 4: provider.base_url must not have a query or a fragment
        "#]],
        ),
    ] {
        check(&format!("{provider}base_url = \"{url}\"\n"), expected);
    }
}

#[test]
fn secrets_are_named_and_never_repeated() {
    for (secret, expected) in [
        (
            "\"sk-secret\"",
            expect![[r#"
                error: cannot read config.toml line 2: server.admin_token must not stand in the file itself
                hint: write { env = "NAME" }, { file = "PATH" } or { keyring = "NAME" }
            "#]],
        ),
        (
            "{ env = 1 }",
            expect![[r#"
            error: cannot read config.toml line 2: server.admin_token.env must be a string
        "#]],
        ),
        (
            "{ env = \"KEY\", file = \"key\" }",
            expect![[r#"
                error: cannot read config.toml line 2: server.admin_token names two places
                hint: write { env = "NAME" }, { file = "PATH" } or { keyring = "NAME" }
            "#]],
        ),
        (
            "{ value = \"sk-secret\" }",
            expect![[r#"
                error: cannot read config.toml line 2: server.admin_token: unknown key "value"
                hint: write { env = "NAME" }, { file = "PATH" } or { keyring = "NAME" }
            "#]],
        ),
        (
            "{ }",
            expect![[r#"
                error: cannot read config.toml line 2: server.admin_token names no place
                hint: write { env = "NAME" }, { file = "PATH" } or { keyring = "NAME" }
            "#]],
        ),
    ] {
        check(&format!("[server]\nadmin_token = {secret}\n"), expected);
    }
}

#[test]
fn places_without_a_usable_secret_are_mistakes() {
    for (secret, expected) in [
        (
            "{ env = \"ABSENT\" }",
            expect![[r#"
            error: cannot read config.toml line 2: server.admin_token: the environment variable ABSENT is not set
            hint: export ABSENT=…
        "#]],
        ),
        (
            "{ env = \"EMPTY\" }",
            expect![[r#"
            error: cannot read config.toml line 2: server.admin_token: the secret is empty
        "#]],
        ),
        (
            "{ env = \"SPACED\" }",
            expect![[r#"
            error: cannot read config.toml line 2: server.admin_token: the secret has spaces or other bytes no header can carry
        "#]],
        ),
        (
            "{ file = \"absent\" }",
            expect![[r#"
            error: cannot read config.toml line 2: server.admin_token: cannot read absent: no such file
        "#]],
        ),
        (
            "{ keyring = \"absent\" }",
            expect![[r#"
            error: cannot read config.toml line 2: server.admin_token: cannot read absent from the system's keyring: it has no such entry
        "#]],
        ),
        (
            "{ keyring = \"locked\" }",
            expect![[r#"
            error: cannot read config.toml line 2: server.admin_token: cannot read locked from the system's keyring: nobody has opened it
        "#]],
        ),
    ] {
        check(&format!("[server]\nadmin_token = {secret}\n"), expected);
    }
}

#[test]
fn routes_have_a_pattern_and_targets() {
    check(
        r#"
provider = [{ name = "a", kind = "offline" }]
[[route]]
match = ""
targets = []
[[route]]
match = "a[b"
targets = "a"
strict = "yes"
[[route]]
match = "x"
targets = ["a", 1]
[[tokenizer]]
match = "x"
file = 1
"#,
        expect![[r#"
            error: cannot read config.toml line 4: route.match is empty
            hint: "*" matches every model
            error: cannot read config.toml line 5: route.targets is empty
            hint: name a provider, or provider/model
            error: cannot read config.toml line 7: route.match is not a glob: unclosed character class; missing ']'
            error: cannot read config.toml line 8: route.targets must be a list of strings, not a string
            hint: targets = ["a"]
            error: cannot read config.toml line 9: route.strict must be true or false, not a string
            error: cannot read config.toml line 12: route.targets must be a list of strings, not a list of other things
            error: cannot read config.toml line 15: tokenizer.file must be a string, not a number
        "#]],
    );
}
