//! Many at one file: none of their changes is lost.

use std::process::Command;

use ironbridge_tools::files::{InsertLinesInput, insert_lines};
use ironbridge_tools::{Control, Scope, Workspace};

use super::Project;

const THREADS: usize = 8;
const PROCESSES: usize = 3;
const INSERTS: usize = 20;
/// Tells the test that is run in a process of its own where to work: the project, then the state folder.
const PLACES: &str = "IRONBRIDGE_TEST_INSERTS";

fn insert_many(workspace: &Workspace, path: &str, who: &str) {
    for number in 0..INSERTS {
        let input = InsertLinesInput {
            path: path.to_owned(),
            line: std::num::NonZeroU64::MIN,
            content: format!("{who} {number}"),
            expected_hash: None,
        };
        insert_lines(workspace, &input, &Control::unbounded()).expect("inserted");
    }
}

#[test]
fn of_many_threads_no_insertion_is_lost() {
    let project = Project::new();
    project.put("file", "");
    project.put("folder/other", "");
    // Another workspace of the same process, with other ways to the same file.
    let state = project.workspace.state().with_file_name("other state");
    let scope = Scope::anywhere(project.root.join("folder")).expect("a folder");
    let other = Workspace::new(scope, state);
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let (workspace, path) =
                if number % 2 == 0 { (&project.workspace, "file") } else { (&other, "../file") };
            scope.spawn(move || insert_many(workspace, path, &number.to_string()));
        }
    });
    assert_lines(&project, THREADS);
}

#[test]
fn of_many_processes_no_insertion_is_lost() {
    let project = Project::new();
    project.put("file", "");
    let program = std::env::current_exe().expect("this program");
    let test = "files::parallel::inserts_where_it_is_told_to";
    let start = |number: usize| {
        let places = std::env::join_paths([
            &project.root,
            project.workspace.state(),
            number.to_string().as_ref(),
        ])
        .expect("no colon in them");
        let mut command = Command::new(&program);
        command.args(["--exact", test]).env(PLACES, places);
        command.stdout(std::process::Stdio::null()).spawn().expect("started")
    };
    let children: Vec<_> = (0..PROCESSES).map(start).collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    assert_lines(&project, PROCESSES);
}

#[test]
fn inserts_where_it_is_told_to() {
    let Some(places) = std::env::var_os(PLACES) else {
        return println!("skipped: run by the test above, in processes of their own");
    };
    let places: Vec<_> = std::env::split_paths(&places).collect();
    let [root, state, who] = places.as_slice() else { panic!("{PLACES}: three paths") };
    let workspace = Workspace::new(Scope::within(root).expect("a folder"), state);
    insert_many(&workspace, "file", &who.to_string_lossy());
}

fn assert_lines(project: &Project, writers: usize) {
    let text = String::from_utf8(project.get("file")).expect("text");
    let mut lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), writers * INSERTS);
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), writers * INSERTS, "each of them once");
    let names = project.names("");
    assert!(!names.iter().any(|name| name.starts_with('.')), "{names:?}");
}
