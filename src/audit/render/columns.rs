//! Aligned columns of text.
//!
//! Every character counts as one wide, which is right for all but some scripts of East Asia.

/// A table; all rows must have as many cells as there are headings.
#[derive(Debug)]
pub struct Columns {
    rows: Vec<Vec<String>>,
    /// Columns of numbers stand to the right.
    numeric: Vec<bool>,
}

impl Columns {
    pub fn new(headings: impl IntoIterator<Item = (String, bool)>) -> Self {
        let (headings, numeric) = headings.into_iter().unzip();
        Self { rows: vec![headings], numeric }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.numeric.len(), "{cells:?}");
        self.rows.push(cells);
    }

    /// Each row on a line, after `indent`; no spaces at the ends of lines.
    pub fn render(&self, indent: &str, out: &mut String) {
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..self.numeric.len()).map(|column| width(column).unwrap_or(0)).collect();
        for row in &self.rows {
            let mut line = String::from(indent);
            for ((cell, width), numeric) in row.iter().zip(&widths).zip(&self.numeric) {
                let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
                if *numeric {
                    line.push_str(&padding);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&padding);
                }
                line.push_str("  ");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stands_to_the_left_and_numbers_to_the_right() {
        let mut columns = Columns::new([("NAME".to_owned(), false), ("ROWS".to_owned(), true)]);
        columns.row(vec!["é".to_owned(), "7".to_owned()]);
        columns.row(vec!["longer".to_owned(), "12345".to_owned()]);
        let mut out = String::new();
        columns.render("  ", &mut out);
        assert_eq!(out, "  NAME     ROWS\n  é           7\n  longer  12345\n");
    }

    #[test]
    fn a_table_without_rows_is_its_headings() {
        let mut out = String::new();
        Columns::new([("A".to_owned(), false)]).render("", &mut out);
        assert_eq!(out, "A\n");
    }
}
