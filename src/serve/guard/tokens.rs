//! Bearer tokens, each in a file of its own. Kept as keyed hashes alone.

use ring::hmac;

use super::watch::Reader;
use crate::config::Token;

/// Shorter ones can be guessed.
const SHORTEST: usize = 16;
const LONGEST: usize = 4096;

pub(super) struct Tokens {
    key: hmac::Key,
    tags: Vec<(String, hmac::Tag)>,
}

impl Tokens {
    /// # Errors
    /// If a file cannot be read, holds no token, or the same one as another. Never shows a token.
    pub(super) fn read(tokens: &[Token], key: hmac::Key, reader: &mut Reader) -> Result<Self, String> {
        let mut read = Self { key, tags: Vec::new() };
        for Token { name, file } in tokens {
            let text = reader.read_text(file)?;
            let token = text.trim_end_matches(['\r', '\n']);
            let wrong = |problem: &str| format!("the token {name} in {} {problem}", file.display());
            if !(SHORTEST..=LONGEST).contains(&token.len()) {
                return Err(wrong(&format!("must have {SHORTEST} to {LONGEST} characters")));
            }
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(wrong("holds blanks or characters that no header can carry"));
            }
            if read.name_of(token.as_bytes()).is_some() {
                return Err(wrong("is that of another name too"));
            }
            let tag = hmac::sign(&read.key, token.as_bytes());
            read.tags.push((name.clone(), tag));
        }
        Ok(read)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(|(name, _)| name.as_str())
    }

    /// Whose token this is. Compares with all, each in constant time.
    pub(super) fn name_of(&self, token: &[u8]) -> Option<&str> {
        let is = |tag: &hmac::Tag| hmac::verify(&self.key, token, tag.as_ref()).is_ok();
        self.tags.iter().fold(None, |found, (name, tag)| if is(tag) { Some(name.as_str()) } else { found })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ring::rand::SystemRandom;

    use super::*;

    /// Reads tokens from files with these contents.
    fn read(contents: &[&str]) -> Result<Tokens, String> {
        let directory = tempfile::tempdir().unwrap();
        let tokens = contents.iter().enumerate().map(|(index, content)| {
            let file = directory.path().join(index.to_string());
            fs::write(&file, content).unwrap();
            Token { name: format!("name{index}"), file }
        });
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).unwrap();
        Tokens::read(&tokens.collect::<Vec<_>>(), key, &mut Reader::default())
    }

    #[test]
    fn a_token_is_known_whole_and_without_the_files_last_newline() {
        let tokens = read(&["0123456789abcdef\n", "fedcba9876543210"]).unwrap();
        assert_eq!(tokens.name_of(b"0123456789abcdef"), Some("name0"));
        assert_eq!(tokens.name_of(b"fedcba9876543210"), Some("name1"));
        for wrong in
            [&b""[..], b"0123456789abcde", b"0123456789abcdef\n", b"0123456789abcdeff", b"0123456789ABCDEF"]
        {
            assert_eq!(tokens.name_of(wrong), None);
        }
    }

    #[test]
    fn files_without_a_usable_token_are_refused_and_not_shown() {
        for (contents, problem) in [
            (&[""][..], "must have 16 to 4096 characters"),
            (&["\n\n"], "must have 16 to 4096 characters"),
            (&["hunter2hunter2x"], "must have 16 to 4096 characters"),
            (&["hunter2 hunter2 hunter2"], "holds blanks"),
            (&["hunter2hunter2hunter2", "hunter2hunter2hunter2\n"], "is that of another name too"),
        ] {
            let error = read(contents).err().unwrap();
            assert!(error.contains(problem) && !error.contains("hunter2"), "{error}");
        }
    }
}
