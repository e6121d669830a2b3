//! Which tenants a page shows: those that the viewer may see, and of these the ones that the request names. Pure.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::Viewer;
use crate::config::Sight;

/// A page that does not show everything.
#[derive(Debug)]
pub(in crate::serve) struct View {
    sight: Option<Arc<Sight>>,
    /// Empty: all that the viewer may see.
    asked: Vec<String>,
}

impl View {
    /// The label by which series belong to a tenant. Series without it are shown to those only who see everything, and
    /// ask for no tenant.
    pub(in crate::serve) const LABEL: &'static str = "tenant";

    /// `None` if the page shows everything. Of the query all but `tenant=NAME` is ignored, as it is by other exporters.
    pub(in crate::serve) fn of(viewer: &Viewer, query: Option<&str>) -> Option<Self> {
        let asked = tenants(query.unwrap_or_default());
        if viewer.sees_everything() && asked.is_empty() {
            return None;
        }
        Some(Self { sight: viewer.sight.clone(), asked })
    }

    pub(in crate::serve) fn shows(&self, tenant: &str) -> bool {
        let may_see = match self.sight.as_deref() {
            Some(Sight::Tenants(patterns)) => patterns.matches(tenant),
            Some(Sight::Everything) | None => true,
        };
        may_see && (self.asked.is_empty() || self.asked.iter().any(|asked| asked == tenant))
    }
}

fn tenants(query: &str) -> Vec<String> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(|(key, _)| decode(key) == View::LABEL).map(|(_, value)| decode(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Patterns;

    fn shown(patterns: Option<&[&str]>, query: &str) -> Option<Vec<&'static str>> {
        let tenants = |patterns: &[&str]| Sight::Tenants(Patterns::new(patterns.iter().copied()).unwrap());
        let viewer = Viewer { sight: Some(Arc::new(patterns.map_or(Sight::Everything, tenants))) };
        let view = View::of(&viewer, Some(query))?;
        Some(["a", "ab", "b c", "d&e"].into_iter().filter(|tenant| view.shows(tenant)).collect())
    }

    #[test]
    fn who_sees_everything_gets_what_is_asked_for() {
        assert_eq!(shown(None, ""), None);
        assert_eq!(shown(None, "name[]=tenant&x=a"), None);
        assert_eq!(shown(None, "tenant=a&tenant=b+c"), Some(vec!["a", "b c"]));
        assert_eq!(shown(None, "%74enant=d%26e"), Some(vec!["d&e"]));
        assert_eq!(shown(None, "tenant="), Some(vec![]));
        assert_eq!(shown(None, "tenant"), Some(vec![]));
        assert_eq!(shown(None, "tenant=%ff"), Some(vec![]));
    }

    #[test]
    fn who_sees_some_tenants_gets_no_other_whatever_is_asked_for() {
        assert_eq!(shown(Some(&["a*"]), ""), Some(vec!["a", "ab"]));
        assert_eq!(shown(Some(&["a*"]), "tenant=ab&tenant=d%26e"), Some(vec!["ab"]));
        assert_eq!(shown(Some(&["a*"]), "tenant=d%26e"), Some(vec![]));
        assert_eq!(shown(Some(&["a*"]), "tenant=*"), Some(vec![]));
    }
}
