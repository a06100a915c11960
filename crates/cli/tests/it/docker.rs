//! The image files say what is true: their commands run, their ports and users are as promised. No image is built here:
//! that needs an engine.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::Home;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The instructions of an image file, each with what follows it, lines joined.
fn instructions(path: &str) -> Vec<(String, String)> {
    let text = read(path).replace("\\\n", " ");
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = |line: &str| {
        let (name, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{path}: {line}"));
        (name.to_owned(), rest.trim().to_owned())
    };
    lines.map(split).collect()
}

/// What the last image of a file runs.
fn command_of(instructions: &[(String, String)]) -> Vec<String> {
    let last = |name: &str| instructions.iter().rfind(|one| one.0 == name).map(|one| one.1.clone());
    assert_eq!(last("ENTRYPOINT").as_deref(), Some(r#"["ironbridge"]"#));
    serde_json::from_str(&last("CMD").unwrap()).unwrap()
}

#[test]
fn image_files_have_a_user_a_health_check_and_sources_that_are_there() {
    for (path, port) in
        [("docker/proxy/Dockerfile", "3000"), ("docker/dashboard/Dockerfile", "3001")]
    {
        let all = instructions(path);
        let known = [
            "FROM",
            "RUN",
            "WORKDIR",
            "COPY",
            "USER",
            "ENV",
            "VOLUME",
            "EXPOSE",
            "HEALTHCHECK",
            "ENTRYPOINT",
            "CMD",
        ];
        for (name, rest) in &all {
            assert!(known.contains(&name.as_str()), "{path}: {name}");
            let is_tagged = |image: &str| image.contains(':') && !image.ends_with(":latest");
            match name.as_str() {
                "FROM" => assert!(is_tagged(rest.split(' ').next().unwrap()), "{path}: {rest}"),
                "COPY" if !rest.starts_with("--from") => {
                    let sources: Vec<_> = rest.split(' ').collect();
                    for source in &sources[..sources.len() - 1] {
                        assert!(root().join(source).exists(), "{path}: {source}");
                    }
                }
                _ => {}
            }
        }
        let from = all.iter().rposition(|one| one.0 == "FROM").unwrap();
        let image = &all[from..];
        let one = |name: &str| {
            let found = image.iter().find(|one| one.0 == name);
            found.unwrap_or_else(|| panic!("{path} has no {name}")).1.clone()
        };
        assert!(one("USER").parse::<u32>().unwrap() > 0, "{path} runs as root");
        assert_eq!(one("EXPOSE"), port);
        assert!(one("HEALTHCHECK").contains(&format!("/dev/tcp/127.0.0.1/{port}")), "{path}");
        assert!(command_of(image).contains(&port.to_owned()), "{path}");
    }
    // The compiler of the images is the one of this repository.
    let toolchain = read("rust-toolchain.toml");
    let version = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")).unwrap();
    let version = version.trim_end_matches("\"").trim_end_matches(".0");
    for path in ["docker/proxy/Dockerfile", "docker/dashboard/Dockerfile"] {
        assert!(read(path).contains(&format!("FROM rust:{version}-")), "{path}: {version}");
    }
}

/// Runs what an image runs, on a free port, and the health check of the image against it.
#[cfg(unix)]
fn check_runs(path: &str, home: &Home, variables: &[(&str, &str)]) {
    let all = instructions(path);
    let mut arguments = command_of(&all);
    let at = arguments.iter().position(|argument| argument == "--port").unwrap() + 1;
    let port = std::mem::replace(&mut arguments[at], "0".to_owned());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = home.command(&arguments);
    command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let real = line.trim().rsplit(':').next().unwrap().trim_end_matches("/dashboard/").to_owned();
    let check = &all.iter().rfind(|one| one.0 == "HEALTHCHECK").unwrap().1;
    let check = &check[check.find('[').unwrap()..];
    let check: Vec<String> = serde_json::from_str(check).unwrap();
    let check: Vec<String> =
        check.iter().map(|part| part.replace(&format!("/{port}"), &format!("/{real}"))).collect();
    let healthy = Command::new(&check[0]).args(&check[1..]).status().unwrap().success();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(healthy, "{path}: {line:?}");
}

#[cfg(unix)]
#[test]
fn what_the_images_run_starts_and_is_found_healthy() {
    let home = Home::with(&[("config.toml", "[[provider]]\nname = \"off\"\nkind = \"offline\"\n")]);
    let made = home.command(&["key", "new"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    check_runs("docker/proxy/Dockerfile", &home, &[]);
    check_runs("docker/dashboard/Dockerfile", &home, &[("DASHBOARD_API_KEY", "token-for-admins")]);
}

/// The services of the compose file, each with its lines. What matters of it is two spaces deep, so no reader of YAML is
/// taken for it.
#[test]
fn the_compose_file_names_files_and_variables_that_are_there() {
    let text = read("docker-compose.yml");
    let lines =
        || text.lines().map(str::trim_end).filter(|line| !line.trim_start().starts_with('#'));
    for line in lines() {
        assert!(
            !line.contains('\t') && (line.len() - line.trim_start().len()).is_multiple_of(2),
            "{line:?}"
        );
    }
    let services: Vec<_> = lines()
        .skip_while(|line| *line != "services:")
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.trim().trim_end_matches(':'))
        .collect();
    assert_eq!(services, ["database", "proxy", "dashboard"]);
    for line in lines().filter_map(|line| line.trim().strip_prefix("dockerfile: ")) {
        assert!(root().join(line).is_file(), "{line}");
    }
    // Every variable that it sets for us is one that we read.
    let environment = read("docs/reference/environment.md");
    for name in ["DATABASE_URL", "CLAUDE_API_KEY", "DASHBOARD_API_KEY"] {
        assert!(text.contains(&format!("      {name}: ")) && environment.contains(name), "{name}");
    }
    // Only this machine reaches the ports, and no password has a default.
    for port in ["3000", "3001"] {
        assert!(text.contains(&format!("\"127.0.0.1:{port}:{port}\"")), "{port}");
    }
    for secret in ["POSTGRES_PASSWORD", "DASHBOARD_API_KEY"] {
        assert!(
            !text.contains(&format!("${{{secret}}}")) && !text.contains(&format!("{secret}:-"))
        );
    }
}
