"""Uses a cluster over gRPC with stubs that protoc made of proto/: grpcClient.py STUBS KUBECONFIG ADDRESS CASE"""

import base64
import importlib
import sys

import grpc
import yaml

stubs, kubeconfig, address, case = sys.argv[1:]
sys.path.insert(0, stubs)

core = importlib.import_module("k8s.io.api.core.v1.generated_pb2")
meta = importlib.import_module("k8s.io.apimachinery.pkg.apis.meta.v1.generated_pb2")
requests = importlib.import_module("steersman.v1.requests_pb2")
errors = importlib.import_module("steersman.v1.errors_pb2")
pods = importlib.import_module("steersman.gen.core_v1_pb2")
services = importlib.import_module("steersman.gen.core_v1_pb2_grpc")
dynamic = importlib.import_module("steersman.v1.dynamic_pb2_grpc")

DEADLINE_SECONDS = 60


def channel():
    with open(kubeconfig, encoding="utf-8") as file:
        config = yaml.safe_load(file)
    user = config["users"][0]["user"]
    authority = config["clusters"][0]["cluster"]["certificate-authority-data"]
    credentials = grpc.ssl_channel_credentials(
        root_certificates=base64.b64decode(authority),
        private_key=base64.b64decode(user["client-key-data"]),
        certificate_chain=base64.b64decode(user["client-certificate-data"]),
    )
    return grpc.secure_channel(address, credentials)


def pod(name):
    return core.Pod(
        metadata=meta.ObjectMeta(name=name, labels={"made": "by-python"}),
        spec=core.PodSpec(containers=[core.Container(name="c", image="busybox")]),
    )


def create(stub, name):
    request = pods.PodCreateRequest(namespace="default", object=pod(name))
    return stub.Create(request, timeout=DEADLINE_SECONDS)


def remove(stub, name):
    options = meta.DeleteOptions(gracePeriodSeconds=0)
    request = requests.DeleteRequest(namespace="default", name=name, options=options)
    return stub.Delete(request, timeout=DEADLINE_SECONDS)


def status_of(error):
    """The Status that REST would have answered, from the error's details."""
    trailers = dict(error.trailing_metadata())
    details = errors.ErrorDetails.FromString(trailers["grpc-status-details-bin"])
    (detail,) = details.details
    expected = "type.googleapis.com/k8s.io.apimachinery.pkg.apis.meta.v1.Status"
    assert detail.type_url == expected, detail.type_url
    return details, meta.Status.FromString(detail.value)


def refusal(call):
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("it was not refused")


def creates_and_lists(stub, _):
    made = create(stub, "listed")
    assert made.metadata.uid and made.metadata.resourceVersion, made
    assert made.spec.serviceAccountName == "default", made.spec
    options = meta.ListOptions(labelSelector="made=by-python")
    request = requests.ListRequest(namespace="default", options=options)
    chunks = list(stub.List(request, timeout=DEADLINE_SECONDS))
    assert int(chunks[0].metadata.resourceVersion) >= int(made.metadata.resourceVersion)
    names = [item.metadata.name for chunk in chunks for item in chunk.items]
    assert names == ["listed"], names
    request = requests.GetRequest(namespace="default", name="listed")
    assert stub.Get(request, timeout=DEADLINE_SECONDS).metadata.uid == made.metadata.uid
    patch = requests.PatchRequest(
        namespace="default",
        name="listed",
        patchType="application/merge-patch+json",
        patch=b'{"metadata":{"labels":{"more":"yes"}}}',
    )
    patched = stub.Patch(patch, timeout=DEADLINE_SECONDS)
    assert dict(patched.metadata.labels) == {"made": "by-python", "more": "yes"}, patched.metadata
    remove(stub, "listed")


def watches_with_bookmarks(stub, _):
    options = meta.ListOptions(
        sendInitialEvents=True,
        allowWatchBookmarks=True,
        resourceVersionMatch="NotOlderThan",
        labelSelector="made=by-python",
    )
    create(stub, "before")
    request = requests.WatchRequest(namespace="default", options=options)
    stream = stub.Watch(request, timeout=DEADLINE_SECONDS)
    events = (event for batch in stream for event in batch.events)
    seen = []
    for event in events:
        seen.append((event.type, event.object.metadata.name))
        if event.type == "BOOKMARK":
            metadata = event.object.metadata
            assert metadata.annotations["k8s.io/initial-events-end"] == "true", metadata
            assert metadata.resourceVersion, metadata
            break
    assert ("ADDED", "before") in seen, seen
    create(stub, "after")
    event = next(one for one in events if one.object.metadata.name == "after")
    assert event.type == "ADDED", event.type
    remove(stub, "after")
    deleted = next(one for one in events if one.type == "DELETED")
    assert deleted.object.metadata.name == "after", deleted.object.metadata
    stream.cancel()
    remove(stub, "before")


def tells_the_whole_status(stub, _):
    request = requests.GetRequest(namespace="default", name="absent")
    error = refusal(lambda: stub.Get(request, timeout=DEADLINE_SECONDS))
    assert error.code() == grpc.StatusCode.NOT_FOUND, error.code()
    assert error.details() == 'pods "absent" not found', error.details()
    details, status = status_of(error)
    assert details.code == grpc.StatusCode.NOT_FOUND.value[0], details.code
    found = (status.status, status.reason, status.code, status.details.name, status.details.kind)
    assert found == ("Failure", "NotFound", 404, "absent", "pods"), found
    error = refusal(lambda: create(stub, "Not_A_Name"))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error.code()
    _, status = status_of(error)
    assert (status.reason, status.code) == ("Invalid", 422), status
    assert [cause.field for cause in status.details.causes] == ["metadata.name"], status
    create(stub, "twice")
    error = refusal(lambda: create(stub, "twice"))
    assert error.code() == grpc.StatusCode.ALREADY_EXISTS, error.code()
    assert status_of(error)[1].reason == "AlreadyExists"
    remove(stub, "twice")


def reads_any_resource_as_bytes(_, connection):
    stub = dynamic.DynamicStub(connection)
    resource = requests.ResourceReference(group="", version="v1", resource="nodes")
    request = requests.ListRequest(resource=resource, accept="application/json")
    chunks = list(stub.List(request, timeout=DEADLINE_SECONDS))
    names = [yaml.safe_load(item)["metadata"]["name"] for chunk in chunks for item in chunk.items]
    assert names == ["node-0", "node-1"], names


def main():
    with channel() as connection:
        globals()[case](services.PodServiceStub(connection), connection)
    print(f"ok {case}")


main()
