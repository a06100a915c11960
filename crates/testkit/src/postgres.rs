//! A PostgreSQL server of a test's own, on a Unix socket in a folder of its own.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where Debian puts the server's programs, which are not in `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct PostgresServer {
    folder: tempfile::TempDir,
    programs: PathBuf,
    server: Option<Child>,
}

impl PostgresServer {
    /// Starts a server; `None`, with a line that says so: this machine has no PostgreSQL.
    ///
    /// # Panics
    /// When it does not start: no test can go on from there.
    #[expect(clippy::print_stdout, reason = "a test says when it is skipped")]
    #[must_use]
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!("skipped on PostgreSQL: `initdb` is missing (Debian package postgresql)");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("ib-pg-").tempdir().expect("a folder");
        if is_root() {
            // The server refuses to run as root; the folder and its way must be open to whom it runs as.
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("chown");
        }
        let mut server = PostgresServer { folder, programs, server: None };
        let mut initdb = server.command("initdb");
        initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8"]);
        initdb.args(["--no-locale", "-D"]).arg(server.data());
        let made = initdb.stdout(Stdio::null()).output().expect("initdb starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        server.resume();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of the server, run as somebody who is not root.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// Starts the server again after [`Self::stop`], and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub fn resume(&mut self) {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
        command.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.server = Some(command.spawn().expect("postgres starts"));
        let answers = || {
            let mut ready = self.command("pg_isready");
            ready.arg("-h").arg(self.folder.path()).stdout(Stdio::null());
            ready.status().is_ok_and(|status| status.success())
        };
        let mut tries = 0;
        while !answers() {
            tries += 1;
            assert!(tries < 2000, "the server does not answer");
            std::thread::yield_now();
        }
    }

    /// Ends the server at once, as when it crashes.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let id = rustix::process::Pid::from_child(&server);
            // SIGQUIT: the server ends its processes and itself without a clean shutdown.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::QUIT);
            let _ = server.wait();
        }
    }

    /// The bytes of all that it keeps, its log of changes left out.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        fn under(folder: &Path) -> u64 {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => under(&entry.path()),
                Ok(metadata) => metadata.len(),
                Err(_) => 0,
            };
            entries.map(bytes).sum()
        }
        under(&self.data().join("base"))
    }

    /// Makes a database and gives its address.
    ///
    /// # Panics
    /// When it is there already, or the server is stopped.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        let url = |database: &str| {
            let host = self.folder.path().display().to_string().replace('/', "%2F");
            format!("postgres://postgres@{host}/{database}")
        };
        let mut createdb = self.command("createdb");
        createdb.arg("-h").arg(self.folder.path()).args(["-U", "postgres", name]);
        let made = createdb.output().expect("createdb starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        url(name)
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The user `nobody` of Linux.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The folder of `initdb` and `postgres`.
fn programs() -> Option<PathBuf> {
    let whole = |folder: &Path| {
        ["initdb", "postgres", "pg_isready", "createdb"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    let mut debian: Vec<PathBuf> = std::fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(debian.into_iter().rev()).find(|folder| whole(folder))
}
