package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// fairness starves one user by a FlowSchema of its own while another one goes on, as upstream's
// tests of priority and fairness do. client-go waits and retries when it is turned away.
func fairness(ctx context.Context, config *rest.Config) error {
	admin, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	schema, err := narrowLevel(ctx, admin, "noisy")
	if err != nil {
		return err
	}
	noisy, quiet := actingAs(config, "noisy"), actingAs(config, "quiet")
	if err := untilClassified(ctx, config.Host, noisy, string(schema.UID)); err != nil {
		return err
	}
	noisyClient, err := kubernetes.NewForConfig(noisy)
	if err != nil {
		return err
	}
	quietClient, err := kubernetes.NewForConfig(quiet)
	if err != nil {
		return err
	}
	// Each waits three seconds for a revision that does not come, on one of the level's few seats.
	holding, letGo := context.WithCancel(ctx)
	defer letGo()
	held := make(chan error, 10)
	for i := 0; i < cap(held); i++ {
		go func() {
			future := metav1.ListOptions{ResourceVersion: "999999999"}
			_, err := noisyClient.CoreV1().ConfigMaps("default").List(holding, future)
			held <- err
		}()
	}
	if err := untilRejected(ctx, admin); err != nil {
		return err
	}
	for i := 0; i < 50; i++ {
		begun := time.Now()
		if _, err := quietClient.CoreV1().Namespaces().Get(ctx, "default", metav1.GetOptions{}); err != nil {
			return fmt.Errorf("quiet: %w", err)
		}
		if took := time.Since(begun); took > time.Second {
			return fmt.Errorf("quiet waited for %s", took)
		}
	}
	letGo()
	for i := 0; i < cap(held); i++ {
		if err := <-held; err == nil {
			return fmt.Errorf("a list of the future was there")
		}
	}
	_, err = noisyClient.CoreV1().Namespaces().Get(ctx, "default", metav1.GetOptions{})
	return err
}

func actingAs(config *rest.Config, user string) *rest.Config {
	config = rest.CopyConfig(config)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: user,
		Groups:   []string{"system:authenticated"},
	}
	return config
}

// narrowLevel makes a level of few seats that rejects, and a FlowSchema that leads the user to it.
func narrowLevel(ctx context.Context, admin kubernetes.Interface, user string) (*flowcontrolv1.FlowSchema, error) {
	readers := []rbacv1.Subject{{Kind: "Group", Name: "system:authenticated", APIGroup: rbacv1.GroupName}}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "fairness"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects:   readers,
	}
	if _, err := admin.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	shares, borrowing := int32(1), int32(0)
	level := &flowcontrolv1.PriorityLevelConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		Spec: flowcontrolv1.PriorityLevelConfigurationSpec{
			Type: flowcontrolv1.PriorityLevelEnablementLimited,
			Limited: &flowcontrolv1.LimitedPriorityLevelConfiguration{
				NominalConcurrencyShares: &shares,
				BorrowingLimitPercent:    &borrowing,
				LimitResponse:            flowcontrolv1.LimitResponse{Type: flowcontrolv1.LimitResponseTypeReject},
			},
		},
	}
	flows := admin.FlowcontrolV1()
	if _, err := flows.PriorityLevelConfigurations().Create(ctx, level, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	schema := &flowcontrolv1.FlowSchema{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		Spec: flowcontrolv1.FlowSchemaSpec{
			MatchingPrecedence:         500,
			PriorityLevelConfiguration: flowcontrolv1.PriorityLevelConfigurationReference{Name: user},
			Rules: []flowcontrolv1.PolicyRulesWithSubjects{{
				Subjects: []flowcontrolv1.Subject{{
					Kind: flowcontrolv1.SubjectKindUser,
					User: &flowcontrolv1.UserSubject{Name: user},
				}},
				ResourceRules: []flowcontrolv1.ResourcePolicyRule{{
					Verbs:        []string{flowcontrolv1.VerbAll},
					APIGroups:    []string{flowcontrolv1.APIGroupAll},
					Resources:    []string{flowcontrolv1.ResourceAll},
					Namespaces:   []string{flowcontrolv1.NamespaceEvery},
					ClusterScope: true,
				}},
			}},
		},
	}
	return flows.FlowSchemas().Create(ctx, schema, metav1.CreateOptions{})
}

// untilClassified waits until the server takes the user's requests for those of the FlowSchema.
func untilClassified(ctx context.Context, host string, config *rest.Config, uid string) error {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return err
	}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, host+"/api/v1/namespaces/default", nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		response.Body.Close()
		if response.Header.Get(flowcontrolv1.ResponseHeaderMatchedFlowSchemaUID) == uid {
			return nil
		}
	}
}

func untilRejected(ctx context.Context, admin kubernetes.Interface) error {
	const rejected = `apiserver_flowcontrol_rejected_requests_total{priority_level="noisy",flow_schema="noisy"`
	for {
		metrics, err := admin.CoreV1().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
		if err != nil {
			return err
		}
		if strings.Contains(string(metrics), rejected) {
			return nil
		}
	}
}
