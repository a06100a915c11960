//! The tool `find`.

use std::time::Duration;

use expect_test::expect;
use ironbridge_tools::{Cancel, Control, tools};
use serde_json::{Value, json};

use super::index::{generous, tree};

const FILES: [&str; 4] = ["src/main.rs", "src/find/main_loop.rs", "docs/main.md", "domain.rs"];

fn run(input: Value, control: &Control) -> Result<Value, String> {
    let (_folder, workspace) = tree(&FILES);
    let tool = tools().into_iter().find(|tool| tool.name == "find").unwrap();
    tool.run(&workspace, input, control).map_err(|failure| failure.code.to_owned())
}

#[test]
fn paths_are_given_as_other_tools_take_them() {
    let output = run(json!({"path": "src", "query": "main", "limit": 1}), &generous()).unwrap();
    expect![[r#"
        {
          "matches": [
            {
              "path": "src/main.rs",
              "folder": false,
              "score": 1350,
              "ranges": [
                {
                  "start": 4,
                  "end": 8
                }
              ]
            }
          ],
          "entries": 3,
          "complete": true
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&output).unwrap());
}

#[test]
fn the_best_come_first_and_the_limit_holds() {
    let output = run(json!({"query": "main"}), &generous()).unwrap();
    let paths: Vec<_> = output["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(paths, ["src/main.rs", "docs/main.md", "src/find/main_loop.rs", "domain.rs"]);
    let output = run(json!({"query": "main", "limit": 2}), &generous()).unwrap();
    assert_eq!(output["matches"].as_array().map(Vec::len), Some(2));
}

#[test]
fn at_the_deadline_it_answers_with_what_it_has_cancelled_it_does_not() {
    let output = run(json!({"query": "main"}), &Control::within(Duration::ZERO)).unwrap();
    assert!(output["complete"].is_boolean());
    let cancel = Cancel::new();
    cancel.cancel();
    let outcome = run(json!({"query": "main"}), &Control::cancelled_by(cancel));
    assert_eq!(outcome, Err("cancelled".to_owned()));
}

#[test]
fn faults_have_their_codes() {
    let code = |input: Value| run(input, &generous()).unwrap_err();
    assert_eq!(code(json!({"query": "x", "path": "src/main.rs"})), "not_a_folder");
    assert_eq!(code(json!({"query": "x", "path": "/"})), "outside");
    assert_eq!(code(json!({"query": "x".repeat(300)})), "query_too_long");
    assert_eq!(code(json!({})), "invalid_input");
}
