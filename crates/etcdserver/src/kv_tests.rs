use super::*;

fn put(key: &'static str) -> RequestOp {
    RequestOp {
        request: Some(Operation::Put(PutRequest {
            key: key.into(),
            ..PutRequest::default()
        })),
    }
}

fn delete(key: &'static str, end: &'static str) -> RequestOp {
    RequestOp {
        request: Some(Operation::DeleteRange(DeleteRangeRequest {
            key: key.into(),
            range_end: end.into(),
            ..DeleteRangeRequest::default()
        })),
    }
}

fn txn(success: Vec<RequestOp>, failure: Vec<RequestOp>) -> TxnRequest {
    TxnRequest {
        compare: Vec::new(),
        success,
        failure,
    }
}

fn nested(success: Vec<RequestOp>, failure: Vec<RequestOp>) -> RequestOp {
    RequestOp {
        request: Some(Operation::Txn(txn(success, failure))),
    }
}

#[test]
fn ranges_are_keys_prefixes_or_what_lies_between() {
    assert_eq!(range_of(b"a", b""), Range::Key(b"a".as_slice().into()));
    assert_eq!(
        range_of(b"a/", b"a0"),
        Range::Prefix(b"a/".as_slice().into())
    );
    let between = |end: Option<&[u8]>| Range::Between(b"a".as_slice().into(), end.map(Into::into));
    assert_eq!(range_of(b"a", b"\0"), between(None));
    assert_eq!(range_of(b"a", b"c"), between(Some(b"c")));
}

#[test]
fn a_key_is_written_once_by_whatever_branches_run() {
    let refused = Err(Status::DUPLICATE_KEY);
    let both = |success: Vec<RequestOp>| {
        let one = check_txn(&txn(success.clone(), Vec::new()), 128);
        assert_eq!(one, check_txn(&txn(Vec::new(), success), 128));
        one
    };
    assert_eq!(both(vec![put("a"), put("b")]), Ok(()));
    assert_eq!(both(vec![put("a"), put("a")]), refused);
    assert_eq!(both(vec![delete("a", "c"), put("b")]), refused);
    assert_eq!(both(vec![put("c"), delete("a", "c")]), Ok(()));
    assert_eq!(both(vec![delete("a", "c"), delete("a", "")]), Ok(()));
    assert_eq!(
        both(vec![put("a"), nested(vec![put("b")], vec![put("a")])]),
        refused
    );
    assert_eq!(both(vec![nested(vec![put("a")], vec![put("a")])]), Ok(()));
    let twice = nested(vec![put("a")], Vec::new());
    assert_eq!(both(vec![twice.clone(), twice]), refused);
    assert_eq!(
        both(vec![delete("a", ""), nested(vec![put("a")], Vec::new())]),
        refused
    );
    assert_eq!(check_txn(&txn(vec![put("a")], vec![put("a")]), 128), Ok(()));
}

#[test]
fn operations_are_bounded_and_complete() {
    let many = |count: usize| txn(vec![delete("a", ""); count], Vec::new());
    assert_eq!(check_txn(&many(3), 3), Ok(()));
    assert_eq!(check_txn(&many(4), 3), Err(Status::TOO_MANY_OPERATIONS));
    let deep = txn(
        vec![nested(vec![put("a"), put("b")], Vec::new())],
        Vec::new(),
    );
    assert_eq!(check_txn(&deep, 3), Ok(()));
    assert_eq!(check_txn(&deep, 2), Err(Status::TOO_MANY_OPERATIONS));
    let none = txn(vec![RequestOp { request: None }], Vec::new());
    assert_eq!(check_txn(&none, 3), Err(Status::KEY_NOT_FOUND));
    assert_eq!(
        check_txn(&txn(vec![put("")], Vec::new()), 3),
        Err(Status::EMPTY_KEY)
    );
}

#[test]
fn what_is_compared_with_a_negative_number_is_decided() {
    let compare = |result: i32| {
        store_compare(&Compare {
            result,
            target: 2,
            key: "a".into(),
            wanted: Some(Wanted::ModRevision(-3)),
            ..Compare::default()
        })
    };
    // Equal, greater, less, not equal; of a key that is not there.
    let holds: Vec<bool> = (0..4).map(|result| compare(result).holds(None)).collect();
    assert_eq!(holds, [false, true, false, true]);
}

#[test]
fn a_limit_is_the_stores_only_where_order_and_bounds_do_not_decide() {
    let limit = |request: RangeRequest| {
        let request = RangeRequest {
            key: "a".into(),
            limit: 5,
            ..request
        };
        store_range(&request, 0).limit
    };
    assert_eq!(limit(RangeRequest::default()), 6);
    let sorted = RangeRequest {
        sort_order: 2,
        ..RangeRequest::default()
    };
    assert_eq!(limit(sorted), 0);
    let bounded = RangeRequest {
        min_mod_revision: 3,
        ..RangeRequest::default()
    };
    assert_eq!(limit(bounded), 0);
}
