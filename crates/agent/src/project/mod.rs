//! What a project, and the user for all projects, tell the agent in files: instructions, skills, commands; and the files
//! that a prompt mentions.
//!
//! All of it is read through the tools' own door: a link out of the project, a FIFO and what is no text are left out.

mod commands;
mod front_matter;
mod instructions;
mod mentions;
mod skills;

pub use commands::Command;
pub use skills::Skill;

pub(crate) use commands::expanded;
pub(crate) use instructions::nested;
pub(crate) use mentions::with_mentions;
pub(crate) use skills::{told as skills_told, tool as skill_tool};

use crate::tools::Place;
use ironbridge_tools::Control;
use ironbridge_tools::files::{ReadInput, ReadOutput, read};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folders of a project in which skills and commands are looked for, the first wins.
const FOLDERS: [&str; 4] = [".ironbridge", ".agents", ".claude", ".nanocoder"];
/// How long reading one file may take.
const READ_TIME: Duration = Duration::from_secs(2);
/// The most that is taken of a file of the user's own, in bytes; of a project's as much as a tool reads at once.
const OWN_FILE_BYTES_MAX: u64 = 50 * 1024;
/// Files looked at in one folder of skills or commands, those below it included.
const FILES_MAX: usize = 500;

/// What is told in files. Read once, when a session begins.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// `AGENTS.md` and `CLAUDE.md` of the project's folder and of the user, each under its name. They go into every
    /// request, so that no compaction can lose them.
    pub instructions: String,
    /// Skills, by name.
    pub skills: Vec<Skill>,
    /// Commands, by name.
    pub commands: Vec<Command>,
}

impl Project {
    /// Reads what the project at `place` tells, and what is in the user's own `folder`. What the project says of a skill or
    /// a command goes before what the user has of the same name. What cannot be read is left out and logged.
    #[must_use]
    pub fn read(place: &Place, folder: Option<&Path>) -> Self {
        let places: Vec<PathBuf> = FOLDERS.iter().map(|name| place.root().join(name)).collect();
        let all = |kind: &str| -> Vec<PathBuf> {
            let own = folder.map(Path::to_owned);
            places.iter().cloned().chain(own).map(|at| at.join(kind)).collect()
        };
        Project {
            instructions: instructions::instructions(place, folder),
            skills: skills::read_all(place, &all("skills")),
            commands: commands::read_all(place, &all("commands")),
        }
    }
}

/// The Markdown files in `folder` and below it that `wanted` names, in the order of their paths. No link is followed.
fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let (mut folders, mut files, mut seen) = (vec![folder.to_owned()], Vec::new(), 0);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            if seen > FILES_MAX {
                tracing::warn!(folder = %folder.display(), "too many files; the rest is not looked at");
                return files;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() && entry.file_name().to_str().is_some_and(&wanted) => {
                    files.push(entry.path());
                }
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// What a file says: one of the project through the tools' door, one of the user's own as it is.
fn text_of(place: &Place, path: &Path) -> Option<String> {
    if path.starts_with(place.root()) {
        let wish = ReadInput { path: path.display().to_string(), ..ReadInput::default() };
        return match read(&place.workspace, &wish, &Control::within(READ_TIME)) {
            Ok(ReadOutput::Text(text)) if text.truncated => {
                Some(format!("{}\n[the file is longer; read the rest if it matters]", text.text))
            }
            Ok(ReadOutput::Text(text)) => Some(text.text),
            _ => None,
        };
    }
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(OWN_FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
