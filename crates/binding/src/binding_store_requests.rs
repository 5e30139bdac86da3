//! What JavaScript asks to list and watch.

use napi_derive::napi;
use steersman_store::{
    FieldRequirement, Interest, LabelOperator, LabelRequirement, ListRequest, Range, Selector,
    ViewId, WatchRequest,
};

use crate::binding_store::{Result, invalid};
use crate::binding_store_numbers::{bound, whole};
use crate::binding_store_watch::framing;

#[napi(object)]
pub struct RequirementInput {
    /// A label's key or a field's path.
    pub key: String,
    pub operator: String,
    pub values: Vec<String>,
}

#[napi(object)]
pub struct SelectorInput {
    pub labels: Vec<RequirementInput>,
    pub fields: Vec<RequirementInput>,
}

#[napi(object)]
pub struct ListInput {
    pub prefix: String,
    pub view: u32,
    pub selector: Option<SelectorInput>,
    pub revision: f64,
    pub limit: f64,
    pub start_after_key: Option<String>,
}

#[napi(object)]
pub struct WatchInput {
    pub prefix: String,
    pub exact: bool,
    pub after_revision: f64,
    pub view: u32,
    pub framing: String,
    pub selector: Option<SelectorInput>,
}

pub fn list_request(input: ListInput) -> Result<ListRequest> {
    Ok(ListRequest {
        range: Range::Prefix(input.prefix.into_bytes().into()),
        view: ViewId(input.view),
        selector: selector(input.selector)?,
        revision: whole(input.revision, "the revision")?,
        limit: bound(input.limit, "the limit")?,
        after: input.start_after_key.map(|key| key.into_bytes().into()),
    })
}

pub fn watch_request(input: WatchInput) -> Result<WatchRequest> {
    let prefix = input.prefix.into_bytes().into();
    let range = if input.exact {
        Range::Key(prefix)
    } else {
        Range::Prefix(prefix)
    };
    Ok(WatchRequest {
        interest: Interest {
            range,
            selector: selector(input.selector)?,
        },
        after_revision: whole(input.after_revision, "the revision")?,
        view: ViewId(input.view),
        framing: framing(&input.framing)?,
    })
}

fn selector(input: Option<SelectorInput>) -> Result<Selector> {
    let Some(input) = input else {
        return Ok(Selector::default());
    };
    let mut selector = Selector::default();
    for label in input.labels {
        let operator =
            LabelOperator::of_text(&label.operator).ok_or_else(|| invalid("unknown operator"))?;
        selector.labels.push(LabelRequirement {
            key: label.key.into(),
            operator,
            values: label.values.into_iter().map(Into::into).collect(),
        });
    }
    for field in input.fields {
        selector.fields.push(FieldRequirement {
            path: field.key.into(),
            equal: field.operator != "!=",
            value: field.values.into_iter().next().unwrap_or_default().into(),
        });
    }
    Ok(selector)
}
