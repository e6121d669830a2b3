//! Reads files and notices when they change. Does not know what they mean.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// More than any file of certificates, users or tokens has; a device or log file has more.
const LARGEST: u64 = 1 << 20;

/// What tells one state of a file from another without reading it. Renaming another over it changes the inode, writing
/// into it the times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Of each file that was read; `None` if it could not be looked at.
pub(super) type Stamps = BTreeMap<PathBuf, Option<Stamp>>;

/// Reads files, and remembers how each looked just before.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) stamps: Stamps,
}

impl Reader {
    /// # Errors
    /// If it cannot be read, is no regular file, or is larger than any such file is.
    pub(super) fn read(&mut self, path: &Path) -> Result<Vec<u8>, String> {
        let wrong = |cause: io::Error| format!("cannot read {}: {cause}", shown(path));
        self.stamps.insert(path.to_owned(), look(path));
        // Opening a pipe would wait for a writer.
        if !fs::metadata(path).map_err(wrong)?.is_file() {
            return Err(wrong(io::Error::other("it is not a regular file")));
        }
        let mut content = Vec::new();
        File::open(path).map_err(wrong)?.take(LARGEST + 1).read_to_end(&mut content).map_err(wrong)?;
        if content.len() as u64 > LARGEST {
            return Err(wrong(io::Error::other("it is larger than 1 MiB")));
        }
        Ok(content)
    }

    /// # Errors
    /// As `read`, and if it is not UTF-8.
    pub(super) fn read_text(&mut self, path: &Path) -> Result<String, String> {
        String::from_utf8(self.read(path)?).map_err(|_| format!("{} is not UTF-8", path.display()))
    }
}

/// A file by its name, unless a key or a certificate was given where a name was meant. YAML may have made one line of it.
fn shown(path: &Path) -> String {
    let name = path.display().to_string();
    let is_text = name.contains(char::is_control) || name.contains("-----");
    if is_text { "a file, since what is given is no name of one".into() } else { name }
}

/// How these files look now.
pub(super) fn look_again(stamps: &Stamps) -> Stamps {
    stamps.keys().map(|path| (path.clone(), look(path))).collect()
}

fn look(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|metadata| stamp(&metadata))
}

fn stamp(metadata: &Metadata) -> Stamp {
    Stamp {
        inode: (metadata.dev(), metadata.ino()),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_is_named_but_a_key_in_the_place_of_its_name_is_not() {
        let error = |name: &str| Reader::default().read(Path::new(name)).unwrap_err();
        assert!(error("/missing/key.pem").starts_with("cannot read /missing/key.pem: "));
        for key in
            ["-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n", "-----BEGIN PRIVATE KEY----- c2VjcmV0", "c2VjcmV0\n"]
        {
            let error = error(&format!("/missing/{key}"));
            assert!(
                error.starts_with("cannot read a file, since what is given is no name of one: "),
                "{error}"
            );
        }
    }
}
