//! Where logins are kept: the folder `credentials` of the data folder.

use std::path::PathBuf;
use std::sync::Arc;

use ironbridge_upstream::{FolderVault, Logins, Vault};

use crate::arguments::Global;
use crate::folders;

/// The folder's name below the data folder.
const NAME: &str = "credentials";

/// The folder; `None` for a user without a home who names no data folder.
pub(crate) fn folder(global: &Global) -> Option<PathBuf> {
    Some(folders::data_of(global)?.join(NAME))
}

/// The vault in that folder.
pub(crate) fn vault(global: &Global) -> Option<Arc<dyn Vault>> {
    Some(Arc::new(FolderVault::new(folder(global)?)))
}

/// What a gateway needs of them.
pub(crate) fn logins(global: &Global) -> Logins {
    Logins { vault: vault(global), ..Logins::default() }
}
