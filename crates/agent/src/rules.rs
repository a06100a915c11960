//! What people allowed for all sessions of a project: `allowed.jsonl` in the data folder, a line for each rule.
//!
//! Not in the project itself: a repository that brings its own permissions would allow itself what it likes. Lines are
//! only ever appended, each with one write, so two agents may do so at once; what is no rule is passed over.

use ironbridge_session::AllowRule;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The file's name.
const NAME: &str = "allowed.jsonl";
/// The most that is read of it, in bytes: thousands of rules.
const FILE_BYTES_MAX: u64 = 4 << 20;

#[derive(Serialize, Deserialize)]
struct Line {
    /// The project's folder.
    project: String,
    #[serde(flatten)]
    rule: AllowRule,
}

/// The rules of a project.
#[derive(Clone, Debug)]
pub struct ProjectRules {
    file: PathBuf,
    project: String,
}

impl ProjectRules {
    /// Those of the project in `project`, kept in the folder `data`.
    #[must_use]
    pub fn new(data: &Path, project: &Path) -> Self {
        ProjectRules { file: data.join(NAME), project: project.display().to_string() }
    }

    /// What is allowed; nothing where no file is.
    ///
    /// # Errors
    /// The system's, and when the file is larger than 4 MiB.
    pub fn read(&self) -> io::Result<Vec<AllowRule>> {
        match fs::metadata(&self.file) {
            Ok(metadata) if metadata.len() > FILE_BYTES_MAX => {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is over 4 MiB"));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
        let bytes = fs::read(&self.file)?;
        let line = |line: &[u8]| serde_json::from_slice::<Line>(line).ok();
        let lines = bytes.split(|byte| *byte == b'\n').filter_map(line);
        Ok(lines.filter(|line| line.project == self.project).map(|line| line.rule).collect())
    }

    /// Allows these from now on.
    ///
    /// # Errors
    /// The system's.
    pub fn add(&self, rules: &[AllowRule]) -> io::Result<()> {
        let mut text = String::new();
        for rule in rules {
            let line = Line { project: self.project.clone(), rule: rule.clone() };
            text.push_str(&serde_json::to_string(&line)?);
            text.push('\n');
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.file)?.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_stick_to_their_project_and_half_a_line_is_none() {
        let data = tempfile::tempdir().unwrap();
        let [one, other] =
            ["/one", "/other"].map(|at| ProjectRules::new(data.path(), Path::new(at)));
        assert_eq!(one.read().unwrap(), []);
        let rule = |pattern: &str| AllowRule { permission: "bash".into(), pattern: pattern.into() };
        one.add(&[rule("cargo *"), rule("ls")]).unwrap();
        other.add(&[rule("npm *")]).unwrap();
        OpenOptions::new()
            .append(true)
            .open(&one.file)
            .unwrap()
            .write_all(b"{\"project\":\"/on\n")
            .unwrap();
        one.add(&[rule("git status")]).unwrap();
        assert_eq!(one.read().unwrap(), [rule("cargo *"), rule("ls"), rule("git status")]);
        assert_eq!(other.read().unwrap(), [rule("npm *")]);
    }
}
