//! The agent's log: a file that is turned over when it is full, and in which no secret stands.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ironbridge_agent::Secrets;
use tracing_subscriber::fmt::MakeWriter;

/// The folder in the data folder.
pub(crate) const FOLDER: &str = "logs";
/// The file that is written.
const NAME: &str = "agent.log";
/// How large it becomes, in bytes.
const FILE_BYTES_MAX: u64 = 5 << 20;
/// How many full ones are kept beside it: agent.log.1 is the newest.
const FULL_KEPT: u32 = 4;

/// The log of all agents of a data folder.
#[derive(Clone, Debug)]
pub(crate) struct LogFile {
    folder: PathBuf,
    file: Arc<Mutex<File>>,
    secrets: Secrets,
    /// Stands on each line, once it is known.
    session: Arc<OnceLock<String>>,
}

impl LogFile {
    /// Opens it in the data folder `data`.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn open(data: &Path, secrets: Secrets) -> io::Result<Self> {
        let folder = data.join(FOLDER);
        ironbridge_upstream::private_file::create_folder(&folder)?;
        let file = Arc::new(Mutex::new(open(&folder)?));
        Ok(LogFile { folder, file, secrets, session: Arc::default() })
    }

    /// Says of which session the lines from now on are. The first call counts.
    pub(crate) fn name_session(&self, id: &str) {
        let _ = self.session.set(id.to_owned());
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        let session = self.session.get().map_or("-", String::as_str);
        let line = format!("{session} {line}");
        let line = self.secrets.masked(&line).unwrap_or(line);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.metadata()?.len() >= FILE_BYTES_MAX {
            *file = turn_over(&self.folder)?;
        }
        file.write_all(line.as_bytes())
    }
}

fn open(folder: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(folder.join(NAME))
}

/// The full file becomes agent.log.1, that one agent.log.2, and so on; the oldest goes. Where another agent has done so
/// meanwhile, its new file is taken.
fn turn_over(folder: &Path) -> io::Result<File> {
    let file = open(folder)?;
    if file.metadata()?.len() < FILE_BYTES_MAX {
        return Ok(file);
    }
    let numbered = |number: u32| folder.join(format!("{NAME}.{number}"));
    for number in (1..FULL_KEPT).rev() {
        match fs::rename(numbered(number), numbered(number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    fs::rename(folder.join(NAME), numbered(1))?;
    open(folder)
}

/// One event's line: written whole, with one write.
pub(crate) struct Line<'l> {
    log: &'l LogFile,
    line: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        // A log that cannot be written has nobody to be told to.
        let _ = self.log.write_line(&String::from_utf8_lossy(&self.line));
    }
}

impl<'l> MakeWriter<'l> for LogFile {
    type Writer = Line<'l>;

    fn make_writer(&'l self) -> Line<'l> {
        Line { log: self, line: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_turned_over_a_few_are_kept_and_no_secret_is_written() {
        let data = tempfile::tempdir().unwrap();
        let secrets = Secrets::new(["hunter2-hunter2".to_owned()]);
        let log = LogFile::open(data.path(), secrets).unwrap();
        let folder = data.path().join(FOLDER);
        for round in 0..6 {
            log.write_line(&format!("round {round} hunter2-hunter2\n")).unwrap();
            log.file.lock().unwrap().set_len(FILE_BYTES_MAX).unwrap();
        }
        log.name_session("01a");
        log.write_line("last\n").unwrap();
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["agent.log", "agent.log.1", "agent.log.2", "agent.log.3", "agent.log.4"]
        );
        assert_eq!(fs::read_to_string(folder.join(NAME)).unwrap(), "01a last\n");
        let newest = fs::read_to_string(folder.join("agent.log.1")).unwrap();
        assert!(
            newest.starts_with("- round 5 [secret masked by ironbridge]\n"),
            "{}",
            &newest[..60]
        );
    }
}
