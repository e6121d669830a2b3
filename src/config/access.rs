//! Who may ask over HTTP besides the users of `--web.config.file`, and what each may see. Does not read a token.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_saphyr::Spanned;

use super::load::Source;
use super::{Error, Setting, Sight, Token, file};

pub(super) fn tokens(given: Vec<Spanned<file::Token>>, source: &Source) -> Result<Vec<Token>, Error> {
    let mut names = BTreeSet::new();
    let mut tokens = Vec::new();
    for entry in given {
        let Setting { value: file::Token { name, token_file }, origin } = source.setting("web.tokens", entry);
        let here = Setting::new((), origin);
        let (Some(name), Some(token_file)) = (name, token_file) else {
            return Err(
                here.wrong("a token needs a name, and token_file with the path of the file that holds it")
            );
        };
        let name = source.setting("web.tokens.name", name);
        let plain = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || "_-".contains(character)
        };
        if name.value.is_empty() || name.value.len() > 40 || !name.value.chars().all(plain) {
            return Err(name.wrong("a token's name has 1 to 40 of a-z, 0-9, _ and -"));
        }
        if !names.insert(name.value.clone()) {
            return Err(name.wrong("another token has this name"));
        }
        let path = source.path(source.setting("web.tokens.token_file", token_file));
        tokens.push(Token { name: name.value, file: PathBuf::from(path.value) });
    }
    Ok(tokens)
}

/// An entry must say what it shows: a list that lost its lines must not show everything.
pub(super) fn users(
    given: BTreeMap<String, Spanned<file::User>>,
    source: &Source,
) -> Result<BTreeMap<String, Sight>, Error> {
    let mut users = BTreeMap::new();
    for (name, entry) in given {
        let Setting { value: file::User { tenants, everything }, origin } =
            source.setting("web.users", entry);
        let here = Setting::new((), origin);
        let sight = match (everything, tenants) {
            (true, tenants) if tenants.is_empty() => Sight::Everything,
            (false, tenants) if !tenants.is_empty() => {
                Sight::Tenants(source.patterns("web.users.tenants", tenants)?)
            }
            _ => return Err(here.wrong("say either tenants, with at least one pattern, or everything: true")),
        };
        users.insert(name, sight);
    }
    Ok(users)
}
