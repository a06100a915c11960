//! What a project says about itself to agents: `AGENTS.md`, `CLAUDE.md`, in its folder and in those below it.

use super::text_of;
use crate::tools::Place;
use std::path::{Path, PathBuf};

/// The files, in the order they are told. Where both say the same, it is told once.
const NAMES: [&str; 2] = ["AGENTS.md", "CLAUDE.md"];

/// The instructions of the user and of the project's folder, each under its name; empty where there are none. At most
/// what a tool reads of a file at once (50 KiB) is taken of each.
pub(super) fn instructions(place: &Place, folder: Option<&Path>) -> String {
    let own = folder.filter(|folder| *folder != place.root()).map(|folder| (folder, "the user's"));
    let folders = own.into_iter().chain([(place.root(), "")]);
    let mut told: Vec<(String, String)> = Vec::new();
    for (folder, whose) in folders {
        for (name, content) in in_folder(place, folder) {
            if told.iter().all(|(_, other)| *other != content) {
                told.push((format!("{whose} {name}").trim().to_owned(), content));
            }
        }
    }
    told.iter().map(|(name, content)| format!("\n## {name}\n{content}\n")).collect()
}

fn in_folder(place: &Place, folder: &Path) -> Vec<(&'static str, String)> {
    let mut told: Vec<(&'static str, String)> = Vec::new();
    for name in NAMES {
        let Some(content) = text_of(place, &folder.join(name)) else { continue };
        let content = content.trim().to_owned();
        if !content.is_empty() && told.iter().all(|(_, other)| *other != content) {
            told.push((name, content));
        }
    }
    told
}

/// What the folders between the project's and these files say, as far as the session was not told it yet. Blocks.
pub(crate) fn nested(place: &Place, paths: &[String]) -> Option<String> {
    let mut text = String::new();
    for path in paths {
        let Ok(location) = place.workspace.scope().locate(place.path(path)) else { continue };
        let root = place.root();
        let below = |folder: &&Path| folder.starts_with(root) && *folder != root;
        let mut folders: Vec<PathBuf> =
            location.resolved().ancestors().filter(below).map(Path::to_owned).collect();
        folders.reverse();
        for folder in folders.into_iter().filter(|folder| place.tells(folder)) {
            let shown = place.workspace.scope().shown(&folder).display().to_string();
            for (name, content) in in_folder(place, &folder) {
                text.push_str(&format!("\n## {shown}/{name}\n{content}\n"));
            }
        }
    }
    let head = "For files in these folders, the project's instructions say besides:";
    (!text.is_empty()).then(|| format!("{head}\n{}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn both_files_are_told_once_and_no_link_leads_out() {
        let (project, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = Place::new(project.path(), state.path(), None).unwrap();
        assert_eq!(instructions(&place, None), "");
        fs::write(project.path().join("AGENTS.md"), "use tabs\n").unwrap();
        fs::write(project.path().join("CLAUDE.md"), "use tabs").unwrap();
        assert_eq!(instructions(&place, None), "\n## AGENTS.md\nuse tabs\n");
        let own = tempfile::tempdir().unwrap();
        fs::write(own.path().join("AGENTS.md"), "be brief").unwrap();
        let both = "\n## the user's AGENTS.md\nbe brief\n\n## AGENTS.md\nuse tabs\n";
        assert_eq!(instructions(&place, Some(own.path())), both);
        #[cfg(unix)]
        {
            let outside = state.path().join("secret");
            fs::write(&outside, "secret").unwrap();
            fs::remove_file(project.path().join("CLAUDE.md")).unwrap();
            std::os::unix::fs::symlink(outside, project.path().join("CLAUDE.md")).unwrap();
            assert_eq!(instructions(&place, None), "\n## AGENTS.md\nuse tabs\n");
        }
    }

    #[test]
    fn folders_on_the_way_to_a_file_are_told_once_the_outer_first() {
        let (project, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = Place::new(project.path(), state.path(), None).unwrap();
        fs::create_dir_all(project.path().join("a/b/c")).unwrap();
        fs::write(project.path().join("AGENTS.md"), "root").unwrap();
        fs::write(project.path().join("a/AGENTS.md"), "outer").unwrap();
        fs::write(project.path().join("a/b/CLAUDE.md"), "inner").unwrap();
        let told = nested(&place, &["a/b/c/x.rs".to_owned()]).unwrap();
        let expected = "For files in these folders, the project's instructions say besides:\n\n\
                        ## a/AGENTS.md\nouter\n\n## a/b/CLAUDE.md\ninner";
        assert_eq!(told, expected);
        assert_eq!(nested(&place, &["a/b/y.rs".to_owned(), "x.rs".to_owned()]), None);
        place.tell_again();
        assert_eq!(nested(&place, &["a/b/y.rs".to_owned()]).as_deref(), Some(expected));
    }
}
