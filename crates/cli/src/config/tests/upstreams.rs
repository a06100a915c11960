//! What a provider's server is trusted by, and what it is sent.

use expect_test::{Expect, expect};

use super::{Overrides, load_plain, load_with};

const SERVER: &str = "[[provider]]\nname = \"p\"\nkind = \"openai\"\n";

fn check(lines: &str, expected: Expect) {
    let text = match load_plain(&format!("{SERVER}{lines}")) {
        Ok(config) => {
            let provider = &config.settings.providers[0];
            format!("{:?} {:?}", provider.authorities, provider.headers)
        }
        Err(error) => error.render(),
    };
    expected.assert_eq(&text);
}

#[test]
fn a_file_of_authorities_is_read() {
    check("ca_file = \"company-ca.pem\"", expect!["Authorities(1) {}"]);
    check("ca_file = \"~/two.pem\"", expect!["Authorities(2) {}"]);
}

#[test]
fn a_file_that_gives_no_authority_is_a_mistake() {
    check(
        "ca_file = \"absent.pem\"",
        expect![[r#"
        error: cannot read config.toml line 4: provider.ca_file cannot be read: absent.pem: no such file
    "#]],
    );
    check(
        "ca_file = \"empty.pem\"",
        expect![[r#"
        error: cannot read config.toml line 4: provider.ca_file is of no use: empty.pem: no certificate in PEM form is in it
        hint: a PEM file has -----BEGIN CERTIFICATE-----, once for each
    "#]],
    );
    check(
        "\nca_file = \"key\"",
        expect![[r#"
        error: cannot read config.toml line 5: provider.ca_file is of no use: key: what follows certificate 0 is not PEM: a section has no end
        hint: a PEM file has -----BEGIN CERTIFICATE-----, once for each
    "#]],
    );
}

#[test]
fn with_offline_no_certificate_is_needed() {
    let file = format!("{SERVER}ca_file = \"absent.pem\"");
    let offline = Overrides { offline: true, ..Overrides::default() };
    assert!(load_with(&file, &[], &offline).is_ok());
}

#[test]
fn headers_are_the_operators_own() {
    check(
        "headers = { \"HTTP-Referer\" = \"https://example.com\", x-org = \"o\" }",
        expect![[r#"Authorities(0) {"http-referer", "x-org"}"#]],
    );
    check("[provider.headers]\nX-Title = \"my tool\"", expect![[r#"Authorities(0) {"x-title"}"#]]);
}

#[test]
fn headers_that_must_not_be_set_are_mistakes_with_their_lines() {
    check(
        "[provider.headers]\nAuthorization = \"Bearer hunter2\"\nhost = \"evil\"\ncontent-length = \"5\"\n\
         \"x y\" = \"v\"\nx-a = \"hunter2\\r\\n\\r\\nx\"\nx-b = 1\nx-c = \"1\"\nX-C = \"2\"\n",
        expect![[r#"
            error: cannot read config.toml line 5: provider.headers.Authorization is how a key is sent
            hint: put the key into `credential`
            error: cannot read config.toml line 6: provider.headers.host is not the operator's to set: it belongs to the gateway, the client or the connection
            error: cannot read config.toml line 7: provider.headers.content-length is not the operator's to set: it belongs to the gateway, the client or the connection
            error: cannot read config.toml line 8: provider.headers.x y is not the name of a header
            error: cannot read config.toml line 9: provider.headers.x-a has a value that no header can carry: it must be printable ASCII
            error: cannot read config.toml line 10: provider.headers.x-b must be a string, not a number
            error: cannot read config.toml line 12: provider.headers.X-C is named twice
        "#]],
    );
    check(
        "headers = \"x-a: b\"",
        expect![[r#"
        error: cannot read config.toml line 4: provider.headers must be a table of names and texts, not a string
    "#]],
    );
}

#[test]
fn the_built_in_model_has_neither() {
    let file = "[[provider]]\nname = \"p\"\nkind = \"offline\"\nca_file = \"company-ca.pem\"\nheaders = {}\n";
    let error = load_plain(file).map(|_| ()).unwrap_err();
    expect![[r#"
        error: cannot read config.toml line 4: provider.ca_file is nothing that the built-in model has
        hint: remove `ca_file`
        error: cannot read config.toml line 5: provider.headers is nothing that the built-in model has
        hint: remove `headers`
    "#]].assert_eq(&error.render());
}
