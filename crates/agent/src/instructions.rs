//! What a project says about itself to agents: `AGENTS.md`, `CLAUDE.md`.

use crate::tools::Place;
use ironbridge_tools::Control;
use ironbridge_tools::files::{ReadInput, ReadOutput, read};
use std::time::Duration;

/// The files, in the order they are told. Where both say the same, it is told once.
const NAMES: [&str; 2] = ["AGENTS.md", "CLAUDE.md"];
/// How long reading one may take.
const READ_TIME: Duration = Duration::from_secs(2);

/// The instructions in the project's folder, each under its name; empty where there are none. They go into every
/// request, so that no compaction can lose them. At most what a tool reads of a file at once (50 KiB) is taken of each; a
/// link out of the project, a FIFO and what is no text are left out.
#[must_use]
pub fn instructions(place: &Place) -> String {
    let mut told: Vec<(&str, String)> = Vec::new();
    for name in NAMES {
        let path = place.root().join(name).display().to_string();
        let wish = ReadInput { path, ..ReadInput::default() };
        let Ok(ReadOutput::Text(text)) = read(&place.workspace, &wish, &Control::within(READ_TIME))
        else {
            continue;
        };
        let mut content = text.text.trim().to_owned();
        if text.truncated {
            content.push_str("\n[the file is longer; read the rest if it matters]");
        }
        if !content.is_empty() && told.iter().all(|(_, other)| *other != content) {
            told.push((name, content));
        }
    }
    told.iter().map(|(name, content)| format!("\n## {name}\n{content}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_told_once_and_no_link_leads_out() {
        let (project, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = Place::new(project.path(), state.path(), None).unwrap();
        assert_eq!(instructions(&place), "");
        std::fs::write(project.path().join("AGENTS.md"), "use tabs\n").unwrap();
        std::fs::write(project.path().join("CLAUDE.md"), "use tabs").unwrap();
        assert_eq!(instructions(&place), "\n## AGENTS.md\nuse tabs\n");
        #[cfg(unix)]
        {
            let outside = state.path().join("secret");
            std::fs::write(&outside, "secret").unwrap();
            std::fs::remove_file(project.path().join("CLAUDE.md")).unwrap();
            std::os::unix::fs::symlink(outside, project.path().join("CLAUDE.md")).unwrap();
            assert_eq!(instructions(&place), "\n## AGENTS.md\nuse tabs\n");
        }
    }
}
