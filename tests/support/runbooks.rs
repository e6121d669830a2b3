//! The pages of docs/runbooks and what is in them: headings, and blocks of code by their language.
//!
//! Asserts nothing.

use std::fs;
use std::path::Path;

/// One page, by the name of its file without `.md`.
pub struct Page {
    pub name: String,
    pub text: String,
}

pub struct Block<'a> {
    /// All that follows the fence: `sql`, `sql write`.
    pub language: &'a str,
    pub code: String,
}

/// All pages in the order of their names, the README among them.
pub fn pages() -> Vec<Page> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runbooks");
    let mut pages: Vec<Page> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| Page {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            text: fs::read_to_string(&path).unwrap(),
        })
        .collect();
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    pages
}

/// The pages of single alerts.
pub fn runbooks() -> Vec<Page> {
    pages().into_iter().filter(|page| page.name != "README").collect()
}

impl Page {
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if let Some(language) = line.strip_prefix("```") {
                let code: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                blocks.push(Block { language, code: code.join("\n") });
            }
        }
        blocks
    }

    /// The code of the blocks in one language.
    pub fn code(&self, language: &str) -> Vec<String> {
        let blocks = self.blocks().into_iter();
        blocks.filter(|block| block.language == language).map(|block| block.code).collect()
    }

    /// Lines that are no code.
    pub fn prose(&self) -> Vec<&str> {
        let mut in_code = false;
        let is_prose = |line: &&str| {
            let is_fence = line.starts_with("```");
            in_code ^= is_fence;
            !in_code && !is_fence
        };
        self.text.lines().filter(is_prose).collect()
    }

    /// With their number signs.
    pub fn headings(&self) -> Vec<&str> {
        self.prose().into_iter().filter(|line| line.starts_with('#')).collect()
    }
}
