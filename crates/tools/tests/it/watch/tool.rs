//! The tool `watch`.

use ironbridge_tools::{Cancel, Control, tools};
use serde_json::{Value, json};

use super::*;

/// Runs the tool while another thread changes files over and over, for it cannot know when the watcher is ready.
fn run(input: Value, control: &Control, change: impl Fn(&Path) + Sync) -> Result<Value, String> {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "dir/file");
    let workspace =
        Workspace::new(Scope::within(folder.path()).unwrap(), folder.path().join("unused"));
    let tool = tools().into_iter().find(|tool| tool.name == "watch").unwrap();
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(std::sync::atomic::Ordering::SeqCst) {
                change(folder.path());
                std::thread::yield_now();
            }
        });
        let output = tool.run(&workspace, input, control);
        over.store(true, std::sync::atomic::Ordering::SeqCst);
        output.map_err(|failure| failure.code.to_owned())
    })
}

fn touch(root: &Path) {
    std::fs::write(root.join("dir/file"), "text").unwrap();
}

#[test]
fn the_first_change_ends_it_when_asked() {
    let output = run(json!({"first": true, "seconds": 600}), &Control::unbounded(), touch).unwrap();
    let expected = json!({
        "changes": [{"kind": "update", "path": "dir/file", "folder": false}],
        "end": "first",
    });
    assert_eq!(output, expected);
    let input = json!({"path": "dir/file", "first": true, "seconds": 600});
    let output = run(input, &Control::unbounded(), touch).unwrap();
    assert_eq!(output["changes"][0]["path"], "");
}

#[test]
fn the_time_the_limit_and_the_end_of_the_root_end_it() {
    let unbounded = Control::unbounded();
    let output = run(json!({"seconds": 0}), &unbounded, |_| {}).unwrap();
    assert_eq!(output, json!({"changes": [], "end": "time"}));
    let output = run(json!({}), &Control::within(Duration::ZERO), |_| {}).unwrap();
    assert_eq!(output["end"], "time");
    let output = run(json!({"limit": 3, "seconds": 600}), &unbounded, touch).unwrap();
    assert_eq!(output["end"], "limit");
    assert_eq!(output["changes"].as_array().map(Vec::len), Some(3));
    let remove = |root: &Path| {
        std::fs::remove_dir_all(root.join("dir")).ok();
    };
    let outcome = run(json!({"path": "dir", "seconds": 600}), &unbounded, remove);
    // Gone before it was watched, or while it was.
    match outcome {
        Ok(output) => assert_eq!(output["end"], "ended"),
        Err(code) => assert_eq!(code, "not_watchable"),
    }
}

#[test]
fn a_cancelled_call_says_so_also_while_it_waits() {
    let cancel = Cancel::new();
    let control = Control::cancelled_by(cancel.clone());
    let outcome = run(json!({"seconds": 600}), &control, |_| cancel.cancel());
    assert_eq!(outcome, Err("cancelled".to_owned()));
}
