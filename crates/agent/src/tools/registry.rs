//! The tools of a session.

use super::{
    Place, Profile, Tool, commands, edits, file_op, files, git, patches, questions, searches,
    tasks, web,
};
use crate::engine::ToolSpec;
use std::sync::Arc;

/// The tools of a session, by name.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    tools: Vec<Tool>,
}

impl Registry {
    /// The built-in tools that every project has a use for.
    #[must_use]
    pub fn built_in() -> Self {
        let tools = [
            files::tools(),
            edits::tools(),
            patches::tools(),
            file_op::tools(),
            searches::tools(),
            commands::tools(),
            web::tools(),
            tasks::tools(),
            questions::tools(),
        ];
        let mut tools: Vec<Tool> = tools.into_iter().flatten().collect();
        #[cfg(unix)]
        tools.extend(super::shell_sessions::tools());
        Registry { tools }
    }

    /// The built-in tools for the project at `place`: where it is in a git repository, also those for git.
    #[must_use]
    pub fn of(place: &Place) -> Self {
        let mut registry = Registry::built_in();
        if place.root().ancestors().any(|folder| folder.join(".git").exists()) {
            registry.tools.extend(git::tools());
        }
        registry
    }

    /// Only those that a profile has.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.tools.retain(|tool| profile.has(&tool.spec.name));
        self
    }

    /// Only those that `keeps` says.
    #[must_use]
    pub fn keep(mut self, keeps: impl Fn(&Tool) -> bool) -> Self {
        self.tools.retain(keeps);
        self
    }

    /// Takes in another tool; one of the same name goes.
    pub fn add(&mut self, tool: Tool) {
        self.tools.retain(|other| other.spec.name != tool.spec.name);
        self.tools.push(tool);
    }

    /// The tool of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.spec.name == name)
    }

    /// All of them, in the order they are told to the model.
    pub fn iter(&self) -> impl Iterator<Item = &Tool> {
        self.tools.iter()
    }

    /// What the engine knows of them.
    #[must_use]
    pub fn specs(&self) -> Arc<[ToolSpec]> {
        self.tools.iter().map(|tool| tool.spec.clone()).collect()
    }
}
