//! How many words say what a command does: `npm run dev`, `git checkout`, `touch`.
//!
//! The table is the earlier system's (reference §1.9), so rules written for it keep their meaning.

/// The number of words that name the kind of command; 1 for programs that are not known.
pub(super) fn arity(first: &str, second: Option<&str>) -> usize {
    second.and_then(|second| arity_of_two(first, second)).unwrap_or_else(|| arity_of_one(first))
}

fn arity_of_one(first: &str) -> usize {
    match first {
        "aws" | "az" | "doctl" | "gcloud" | "gh" | "sfdx" => 3,
        "bazel" | "brew" | "bun" | "cargo" | "cdk" | "cf" | "cmake" | "composer" | "consul"
        | "crictl" | "deno" | "docker" | "eksctl" | "firebase" | "flyctl" | "git" | "go"
        | "gradle" | "helm" | "heroku" | "hugo" | "ip" | "kind" | "kubectl" | "kustomize"
        | "make" | "mc" | "minikube" | "mongosh" | "mysql" | "mvn" | "ng" | "npm" | "nvm"
        | "nx" | "openssl" | "pip" | "pipenv" | "pnpm" | "poetry" | "podman" | "psql"
        | "pulumi" | "pyenv" | "python" | "rake" | "rbenv" | "redis-cli" | "rustup"
        | "serverless" | "skaffold" | "sls" | "sst" | "swift" | "systemctl" | "terraform"
        | "tmux" | "turbo" | "ufw" | "vault" | "vercel" | "volta" | "wp" | "yarn" => 2,
        _ => 1,
    }
}

fn arity_of_two(first: &str, second: &str) -> Option<usize> {
    let three = match first {
        "bun" => matches!(second, "run" | "x"),
        "cargo" => matches!(second, "add" | "run"),
        "consul" => second == "kv",
        "deno" => second == "task",
        "docker" => {
            matches!(second, "builder" | "compose" | "container" | "image" | "network" | "volume")
        }
        "eksctl" | "kind" => second == "create",
        "git" => matches!(second, "config" | "remote" | "stash"),
        "ip" => matches!(second, "addr" | "link" | "netns" | "route"),
        "kubectl" => matches!(second, "kustomize" | "rollout"),
        "mc" => second == "admin",
        "npm" => matches!(second, "exec" | "init" | "run" | "view"),
        "openssl" => matches!(second, "req" | "x509"),
        "pnpm" => matches!(second, "dlx" | "exec" | "run"),
        "podman" => matches!(second, "container" | "image"),
        "pulumi" => second == "stack",
        "terraform" => second == "workspace",
        "vault" => matches!(second, "auth" | "kv"),
        "yarn" => matches!(second, "dlx" | "run"),
        _ => false,
    };
    three.then_some(3)
}
