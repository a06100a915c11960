//! A home folder, and a GitHub of its own for the Copilot account in it.

use ironbridge_testkit::FakeGithub;

use crate::command::Home;

/// A GitHub on this machine, and a folder whose config names it.
pub(crate) struct Copilot {
    pub(crate) github: FakeGithub,
    pub(crate) home: Home,
}

impl Copilot {
    /// With a client id of the user's own, so that nothing is to be asked.
    pub(crate) fn new() -> Self {
        Copilot::with(&format!(
            "identity = {{ client_id = \"{}\", copilot-integration-id = \"testkit\" }}\n",
            FakeGithub::CLIENT_ID
        ))
    }

    /// The same with a login that was made before.
    pub(crate) fn logged_in() -> Self {
        let copilot = Copilot::new();
        copilot.keep(FakeGithub::GITHUB_TOKEN);
        copilot
    }

    /// Keeps this GitHub token, as if it came of a login.
    pub(crate) fn keep(&self, token: &str) {
        let login = format!("{{\"github_token\": \"{token}\", \"login\": \"octocat\"}}");
        self.home.write("credentials/copilot.json", &login);
        #[cfg(unix)]
        for (path, mode) in [("credentials", 0o700), ("credentials/copilot.json", 0o600)] {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(self.home.path().join(path), mode).unwrap();
        }
    }

    /// With these further lines in the provider's table.
    pub(crate) fn with(lines: &str) -> Self {
        let github = FakeGithub::start_on_thread();
        github.set_device_code(1, 900);
        let (login, api) = (github.login_url(), github.api_url());
        let config = format!(
            "[[provider]]\nname = \"copilot\"\nkind = \"copilot\"\ngithub_url = \"{login}\"\napi_url = \"{api}\"\n{lines}"
        );
        Copilot { github, home: Home::with(&[("config.toml", &config)]) }
    }

    /// Runs the binary with these lines on stdin and gives all that a user sees; the fake's address is `GITHUB`.
    pub(crate) fn run(&self, arguments: &[&str], stdin: &str) -> String {
        self.named(&self.home.run(arguments, stdin))
    }

    /// A text with the fake's address as `GITHUB`.
    pub(crate) fn named(&self, text: &str) -> String {
        let url = self.github.upstream().base_url();
        text.replace(url.trim_start_matches("http://"), "GITHUB")
    }

    /// What is kept of the login; `None`: nothing.
    pub(crate) fn kept(&self) -> Option<String> {
        std::fs::read_to_string(self.home.path().join("credentials/copilot.json")).ok()
    }
}
