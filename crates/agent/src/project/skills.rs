//! Skills: folders with a `SKILL.md`, of which the model is told name and description, and reads the rest when it needs it.
//!
//! The format is that of <https://agentskills.io/specification>.

use super::front_matter::FrontMatter;
use super::{files, text_of};
use crate::engine::ToolOutcome;
use crate::tools::{Effect, Place, Running, SKILL_TOOL, Tool};
use ironbridge_tools::Failure;
use schemars::JsonSchema;
use serde::Deserialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file that makes a folder a skill.
const FILE: &str = "SKILL.md";
/// The longest name, in characters (specification).
const NAME_CHARS_MAX: usize = 64;
/// The longest description that is told, in characters (specification).
const DESCRIPTION_CHARS_MAX: usize = 1_024;
/// Skills that are told; each costs its description in every request.
const SKILLS_MAX: usize = 100;

/// A skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// Its name, that of its folder: letters, digits and `-`.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its `SKILL.md`.
    pub file: PathBuf,
}

/// The skills in `folders`; of those with the same name the first.
pub(super) fn read_all(place: &Place, folders: &[PathBuf]) -> Vec<Skill> {
    let mut skills: Vec<Skill> = Vec::new();
    for file in folders.iter().flat_map(|folder| files(folder, |name| name == FILE)) {
        match read_one(place, &file) {
            Ok(skill) if skills.iter().all(|other| other.name != skill.name) => skills.push(skill),
            Ok(_) => {}
            Err(why) => tracing::warn!(file = %file.display(), why, "not a skill"),
        }
    }
    skills.truncate(SKILLS_MAX);
    skills
}

fn read_one(place: &Place, file: &Path) -> Result<Skill, &'static str> {
    let text = text_of(place, file).ok_or("it cannot be read")?;
    let (head, _) = FrontMatter::split(&text);
    let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let name = head.text("name").or(folder.map(str::to_owned)).ok_or("it has no name")?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(is_plain) {
        return Err("its name is not of at most 64 letters, digits and -");
    }
    let description = head.text("description").filter(|text| !text.is_empty());
    let description = description.ok_or("it has no description")?;
    let description = description.chars().take(DESCRIPTION_CHARS_MAX).collect();
    Ok(Skill { name, description, file: file.to_owned() })
}

/// What the model is told of the skills, for the system prompt.
pub(crate) fn told(skills: &[Skill]) -> String {
    let mut text = format!(
        "\n# Skills\nBefore a task that one of these is for, call the tool {SKILL_TOOL} with its name and do as it says.\n"
    );
    for skill in skills {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "- {}: {}", skill.name, skill.description);
    }
    text
}

/// Gives what a skill says.
#[derive(Deserialize, JsonSchema)]
struct ReadSkill {
    /// The skill's name.
    name: String,
}

/// The tool that gives what a skill says.
pub(crate) fn tool(skills: &[Skill]) -> Tool {
    let skills: Arc<[Skill]> = skills.into();
    Tool::blocking(SKILL_TOOL, Effect::Reads, move |running: &Running, input: &ReadSkill| {
        let Some(skill) = skills.iter().find(|skill| skill.name == input.name) else {
            let names: Vec<&str> = skills.iter().map(|skill| skill.name.as_str()).collect();
            let message =
                format!("there is no skill {}; there are: {}", input.name, names.join(", "));
            return Err(Failure::new("not_found", message));
        };
        let text = text_of(&running.place, &skill.file);
        let text = text.ok_or_else(|| {
            Failure::new("io", format!("{} cannot be read", skill.file.display()))
        })?;
        let folder = skill.file.parent().unwrap_or(&skill.file).display();
        let (_, body) = FrontMatter::split(&text);
        Ok(ToolOutcome::done(format!("[the files it names are in {folder}]\n{}", body.trim())))
    })
}
