use expect_test::{Expect, expect};

use super::*;

fn member(name: &str, dependencies: &[(&str, bool)]) -> Member {
    let folder = folder_of(short(name));
    Member {
        name: name.into(),
        roots: vec![format!("{folder}/src/lib.rs")],
        folder,
        dependencies: dependencies.iter().map(|&(used, dev)| (used.into(), dev)).collect(),
    }
}

fn lines(findings: &[Finding]) -> String {
    findings.iter().map(Finding::headline).collect::<Vec<_>>().join("\n")
}

fn check(member: Member, expected: &Expect) {
    let mut findings = Vec::new();
    check_arrows(&[member], &mut findings);
    expected.assert_eq(&lines(&findings));
}

#[test]
fn arrows_of_the_table_pass() {
    check(member("ironbridge-wire", &[("serde", false)]), &expect![""]);
    check(
        member("ironbridge-upstream", &[("ironbridge-wire", false), ("ironbridge-testkit", true)]),
        &expect![""],
    );
    check(Member { folder: "xtask".into(), ..member("xtask", &[("anyhow", false)]) }, &expect![""]);
}

#[test]
fn other_arrows_are_found() {
    check(
        member("ironbridge-wire", &[("ironbridge-tokens", false)]),
        &expect!["crates/wire/Cargo.toml: `wire` may not use `tokens`"],
    );
    check(
        member("ironbridge-limit", &[("ironbridge-wire", true)]),
        &expect!["crates/limit/Cargo.toml: `limit` may not use `wire`"],
    );
    check(
        member("ironbridge-gateway", &[("ironbridge-testkit", false)]),
        &expect!["crates/gateway/Cargo.toml: `gateway` uses testkit outside its tests"],
    );
    check(
        Member { folder: "xtask".into(), ..member("xtask", &[("ironbridge-wire", false)]) },
        &expect!["xtask/Cargo.toml: `xtask` may not use `wire`"],
    );
}

#[test]
fn a_crate_outside_the_table_or_its_folder_is_found() {
    check(
        member("ironbridge-magic", &[]),
        &expect!["crates/magic/Cargo.toml: the crate `ironbridge-magic` is not in the crate table"],
    );
    check(member("ironbridge-bench", &[]), &expect![""]);
    check(
        Member { folder: "crates/protocol".into(), ..member("ironbridge-wire", &[]) },
        &expect!["crates/protocol/Cargo.toml: `ironbridge-wire` stands in crates/protocol"],
    );
}

#[test]
fn the_table_has_no_circle_and_names_only_its_own_crates() {
    for (index, row) in TABLE.iter().enumerate() {
        for used in row.uses {
            let place = TABLE.iter().position(|other| other.name == *used);
            assert!(place.is_some_and(|place| place < index), "{} uses {used}", row.name);
        }
    }
}

#[test]
fn a_root_without_forbid_is_found_unless_it_is_a_border() {
    let source =
        |text: &str| SourceFile { path: "crates/wire/src/lib.rs".into(), text: text.into() };
    let check = |member: Member, text: &str, expected: &Expect| {
        let mut findings = Vec::new();
        let mut source = source(text);
        source.path.clone_from(&member.roots[0]);
        check_unsafe(&[member], &[source], &mut findings);
        expected.assert_eq(&lines(&findings));
    };
    let wire = member("ironbridge-wire", &[]);
    check(wire.clone(), "//! Essay.\n\n#![forbid(unsafe_code)]\n", &expect![""]);
    check(
        wire,
        "// #![forbid(unsafe_code)]\n",
        &expect!["crates/wire/src/lib.rs:1: `#![forbid(unsafe_code)]` is missing"],
    );
    check(member("ironbridge-asgi", &[]), "", &expect![""]);
}

#[test]
fn testkit_in_the_sources_of_a_crate_it_uses_is_found() {
    let source = |path: &str| SourceFile {
        path: path.into(),
        text: "// ironbridge_testkit\nuse ironbridge_testkit::Clock;\n".into(),
    };
    let sources = [
        source("crates/wire/src/sse.rs"),
        source("crates/wire/tests/it/main.rs"),
        source("crates/gateway/src/lib.rs"),
    ];
    let members = [member("ironbridge-wire", &[]), member("ironbridge-gateway", &[])];
    let mut findings = Vec::new();
    check_testkit_place(&members, &sources, &mut findings);
    expect![
        "crates/wire/src/sse.rs:2: testkit uses this crate: two copies of its types would meet"
    ]
    .assert_eq(&lines(&findings));
}
