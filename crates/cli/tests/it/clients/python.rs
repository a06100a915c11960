//! The Python SDKs `openai` and `anthropic`.

use expect_test::{Expect, expect};

use super::gateway::Gateway;
use super::{scripted, situations, test_bed};

fn check_offline(script: &str, expected: Expect) {
    let Some(script) = test_bed::python(script) else { return };
    let gateway = Gateway::offline();
    situations::check(script, gateway.base_url(), &expected);
}

fn check_scripted(script: &str, expected: Expect) {
    let Some(script) = test_bed::python(script) else { return };
    let upstream = scripted::provider();
    let gateway = Gateway::before(&upstream);
    situations::check(script, gateway.base_url(), &expected);
}

#[test]
fn openai_on_the_offline_model() {
    check_offline("openai_offline.py", expect![[""]]);
}

#[test]
fn openai_on_each_dialect() {
    check_scripted("openai_scripted.py", expect![[""]]);
}

#[test]
fn openai_raises_the_right_exceptions() {
    check_scripted("openai_errors.py", expect![[""]]);
}

#[test]
fn anthropic_on_the_offline_model() {
    check_offline("anthropic_offline.py", expect![[""]]);
}

#[test]
fn anthropic_on_each_dialect() {
    check_scripted("anthropic_scripted.py", expect![[""]]);
}

#[test]
fn anthropic_raises_the_right_exceptions() {
    check_scripted("anthropic_errors.py", expect![[""]]);
}
