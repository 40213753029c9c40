//! The database belongs to its owner alone as soon as it holds the key of an account.

use std::path::Path;

use super::super::MtprotoError;

/// Narrows the rights of the database, and of the log and index that SQLite keeps beside it, to their owner. SQLite
/// gives later ones the rights of the database itself. Other systems than Unix keep their own.
pub(super) fn narrow(database: Option<&Path>) -> Result<(), MtprotoError> {
    let Some(database) = database else { return Ok(()) };
    for end in ["", "-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(end);
        narrow_file(Path::new(&path))?;
    }
    Ok(())
}

#[cfg(unix)]
fn narrow_file(path: &Path) -> Result<(), MtprotoError> {
    use std::os::unix::fs::PermissionsExt;
    let rights = std::fs::Permissions::from_mode(0o600);
    match std::fs::set_permissions(path, rights) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
            Err(MtprotoError::Rights { path: path.display().to_string(), why: why.to_string() })
        }
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn narrow_file(_: &Path) -> Result<(), MtprotoError> {
    Ok(())
}
