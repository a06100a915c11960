//! The table of client ids and editor headers.

use super::Service;

/// One value by which a service knows who asks, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityRow {
    /// Its name in settings and consents.
    pub name: &'static str,
    /// Which service it is shown to.
    pub service: Service,
    /// In which place.
    pub part: IdentityPart,
    /// What is sent unless the user sets something else; `None`: nothing ships, the user must set it.
    pub value: Option<&'static str>,
    /// Who is known by it.
    pub owner: Owner,
    /// What it is for.
    pub purpose: &'static str,
    /// Where it is known from.
    pub source: &'static str,
}

/// Where a value is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityPart {
    /// The id of an OAuth application, in a login.
    ClientId,
    /// What a login asks for.
    Scope,
    /// A header, by its name in lower case.
    Header(&'static str),
}

/// Who is known by a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// We are.
    Ironbridge,
    /// Nobody: it names a version or a form of the protocol.
    Protocol,
    /// Another vendor's product is. It is off until the user says yes or sets it.
    Vendor(&'static str),
}

impl IdentityRow {
    /// Whether it is sent only after the user's yes: what ships is by name another vendor's.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        self.value.is_some() && matches!(self.owner, Owner::Vendor(_))
    }
}

/// The id of the application that a login at GitHub is made for.
pub const COPILOT_CLIENT_ID: &str = "copilot.client_id";
/// What a login at GitHub asks for.
pub const COPILOT_SCOPE: &str = "copilot.scope";
/// The id of the application that a login at Anthropic is made for.
pub const ANTHROPIC_CLIENT_ID: &str = "anthropic.client_id";

const COPILOT_CHAT: Owner = Owner::Vendor("GitHub (Copilot Chat in VS Code)");

const fn copilot_header(
    name: &'static str,
    header: &'static str,
    value: &'static str,
    owner: Owner,
    purpose: &'static str,
) -> IdentityRow {
    IdentityRow {
        name,
        service: Service::Copilot,
        part: IdentityPart::Header(header),
        value: Some(value),
        owner,
        purpose,
        source: "reference gateway.md §1.3",
    }
}

/// Every value by which we or others are known. `User-Agent` has no row: it is always our own.
pub const ROWS: &[IdentityRow] = &[
    IdentityRow {
        name: COPILOT_CLIENT_ID,
        service: Service::Copilot,
        part: IdentityPart::ClientId,
        value: Some("Iv1.b507a08c87ecfe98"),
        owner: COPILOT_CHAT,
        purpose: "the application that GitHub's device login is made for; only tokens of an application that GitHub has \
                  admitted to Copilot can be exchanged",
        source: "reference gateway.md §1.1",
    },
    IdentityRow {
        name: COPILOT_SCOPE,
        service: Service::Copilot,
        part: IdentityPart::Scope,
        value: Some("read:user"),
        owner: Owner::Protocol,
        purpose: "what the login asks for: the account's name, nothing of its repositories",
        source: "reference gateway.md §1.1",
    },
    copilot_header(
        "copilot.editor-version",
        "editor-version",
        concat!("Ironbridge/", env!("CARGO_PKG_VERSION")),
        Owner::Ironbridge,
        "which editor asks; Copilot refuses requests without it",
    ),
    copilot_header(
        "copilot.editor-plugin-version",
        "editor-plugin-version",
        concat!("ironbridge/", env!("CARGO_PKG_VERSION")),
        Owner::Ironbridge,
        "which plug-in of the editor asks",
    ),
    copilot_header(
        "copilot.copilot-integration-id",
        "copilot-integration-id",
        "vscode-chat",
        COPILOT_CHAT,
        "under which integration Copilot counts a request; it knows only those that GitHub has admitted",
    ),
    copilot_header(
        "copilot.openai-intent",
        "openai-intent",
        "conversation-panel",
        Owner::Protocol,
        "that the request is of a conversation",
    ),
    copilot_header(
        "copilot.x-github-api-version",
        "x-github-api-version",
        "2025-04-01",
        Owner::Protocol,
        "the version of the API",
    ),
    IdentityRow {
        name: ANTHROPIC_CLIENT_ID,
        service: Service::Anthropic,
        part: IdentityPart::ClientId,
        value: None,
        owner: Owner::Vendor("whoever registered it at Anthropic (Claude Code has one of its own)"),
        purpose: "the application that Anthropic's login is made for; none ships: set client_id yourself",
        source: "reference gateway.md §3.3",
    },
];

/// The row of a name.
#[must_use]
pub fn row(name: &str) -> Option<&'static IdentityRow> {
    ROWS.iter().find(|row| row.name == name)
}
