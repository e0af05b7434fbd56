package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/directory"
	"github.com/opencovey/covey/internal/directory/directorytest"
)

// The load on the server: what its map of tools must bear.
const (
	tools     = 20_000 // entries, made up
	rate      = 200    // requests a second
	loadTime  = 20 * time.Second
	rivalTime = 4 * time.Second // of each of several turns
	turns     = 3
	clients   = 8
)

// A served is what the serving process says of itself: where it listens.
type served struct{ Server, Static string }

// serve opens a server with many tools, and beside it a plain handler with a
// static page of the size of the server's first one. It says where they are and
// serves, and publishes what it is asked to, until its input ends.
func serve(dir, worker string) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Options{Dir: dir, Public: "http://" + l.Addr().String(), Empty: true, Worker: []string{worker, "worker"}})
	if err != nil {
		return err
	}
	defer a.Close()
	by := account.Actor{System: true}
	if _, err := a.Tools().Import(ctx, by, directorytest.Generate(tools, 1), directory.ImportOptions{Source: "made up"}); err != nil {
		return err
	}
	go a.Serve(ctx, l, nil)
	page, err := firstPage("http://" + l.Addr().String() + "/tools")
	if err != nil {
		return err
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go http.Serve(plain, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(page)
	}))
	where := served{"http://" + l.Addr().String(), "http://" + plain.Addr().String()}
	if err := json.NewEncoder(os.Stdout).Encode(where); err != nil {
		return err
	}
	return publishJobs(ctx, a, os.Stdin)
}

// firstPage returns the page as it goes over the wire to a browser.
func firstPage(address string) ([]byte, error) {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Encoding") != "gzip" {
		return nil, fmt.Errorf("get %s: status %d, encoding %q", address, answer.StatusCode, answer.Header.Get("Content-Encoding"))
	}
	return io.ReadAll(answer.Body)
}

// server measures the map of tools under load, from a process beside it.
func (w workshop) server() error {
	dir := filepath.Join(w.dir, "server")
	child := exec.Command(w.self, "-serving", dir, "-worker", w.covey)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		return err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	defer func() { in.Close(); child.Wait() }()
	var where served
	answers := json.NewDecoder(out)
	if err := answers.Decode(&where); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	page, err := firstPage(where.Server + "/tools")
	if err != nil {
		return err
	}
	plain, err := unpacked(page)
	if err != nil {
		return err
	}
	fmt.Printf("Map of tools, %d made-up entries, %d processors, load from the same machine.\n\n", tools, runtime.NumCPU())
	fmt.Printf("First page: %d bytes, %d over the wire.\n\n", len(plain), len(page))
	if err := w.load(where.Server, child.Process.Pid); err != nil {
		return err
	}
	if err := rivals(where); err != nil {
		return err
	}
	return w.publishing(where.Server, in, answers)
}

func unpacked(page []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// load asks at a constant rate, whether or not earlier questions were answered,
// and takes each answer's time from when its question was due.
func (w workshop) load(server string, pid int) error {
	questions := questions()
	client := newClient(200)
	count := int(loadTime.Seconds() * rate)
	took, failed := make([]time.Duration, count), make([]error, count)
	var asked sync.WaitGroup
	begin, before := time.Now(), processorTime(pid)
	for i := range count {
		due := begin.Add(time.Duration(i) * time.Second / rate)
		time.Sleep(time.Until(due))
		asked.Go(func() {
			failed[i] = ask(client, server+questions[i%len(questions)])
			took[i] = time.Since(due)
		})
	}
	asked.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return took[min(count-1, int(share*float64(count)))].Seconds() * 1000
	}
	each := (processorTime(pid) - before).Seconds() * 1000 / float64(count)
	fmt.Printf("| requests a second | different ones | median | p99 | worst | bar for p99 | processor time of each | memory of the server |\n|---|---|---|---|---|---|---|---|\n")
	fmt.Printf("| %d | %d | %.1f ms | %.1f ms | %.1f ms | 50 ms | %.2f ms | %s |\n\n", rate, len(questions), at(0.5), at(0.99), at(1), each, memoryOf(pid))
	return nil
}

// memoryOf returns the greatest memory that a process had, as the system tells it.
func memoryOf(pid int) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "not known"
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return "not known"
}

// processorTime returns what a process has used of the processors, as the system
// tells it in hundredths of a second; 0 if it does not.
func processorTime(pid int) time.Duration {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(line[bytes.LastIndexByte(line, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// questions are searches, choices of facets, both together, and pages further
// down, all different, so that no answer was kept from before.
func questions() []string {
	words := []string{
		"", "worker", "labour", "hotline", "screening", "travail", "niños", "sms app", "suply chain", "satellite", "recruitment", "data", "police",
		"case management", "شكاوى", "victim support", "awareness", "blockchain", "fishing", "garment", "domestic work", "image", "children",
	}
	choices := []string{
		"", "cost=free", "type=awareness", "type=victim-support", "technology=sms", "users=workers", "users=survivors", "stage=live", "form=labour",
		"technology=mobile-app", "developer=ngo", "cost=free&users=ngo", "form=sex", "licence=open-source", "language=es", "page=2",
	}
	places := []string{"", "KE", "TH", "IN", "NG", "BR", "US", "GB", "PH", "UA", "world"}
	var all []string
	for _, word := range words {
		for _, choice := range choices {
			for _, place := range places {
				q := "/tools?" + choice
				if word != "" {
					q += "&q=" + url.QueryEscape(word)
				}
				if place != "" {
					q += "&used=" + place
				}
				all = append(all, q)
			}
		}
	}
	for i := range all { // in an order that mixes them, the same in every run
		j := (i*7919 + 13) % len(all)
		all[i], all[j] = all[j], all[i]
	}
	return all
}

func newClient(connections int) *http.Client {
	return &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections},
	}
}

// ask asks as a browser does, and reads the whole answer.
func ask(client *http.Client, address string) error {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: status %d", address, answer.StatusCode)
	}
	return nil
}

// rivals compares how often the first page and a static page of its size can be
// had, in turns.
func rivals(where served) error {
	var own, static float64
	for range turns {
		s, err := throughput(where.Static + "/")
		if err != nil {
			return err
		}
		o, err := throughput(where.Server + "/tools")
		if err != nil {
			return err
		}
		static, own = static+s/turns, own+o/turns
	}
	fmt.Printf("| first page, as often as can be | a second |\n|---|---|\n")
	fmt.Printf("| a plain handler with a static page of that size | %.0f |\n| the server | %.0f |\n| ratio (bar 0.20) | %.2f |\n", static, own, own/static)
	return nil
}

// throughput returns how many answers a second some clients get that ask without
// a pause.
func throughput(address string) (float64, error) {
	client := newClient(clients)
	var counts [clients]int
	var errs [clients]error
	var all sync.WaitGroup
	begin := time.Now()
	for i := range clients {
		all.Go(func() {
			for time.Since(begin) < rivalTime && errs[i] == nil {
				errs[i] = ask(client, address)
				counts[i]++
			}
		})
	}
	all.Wait()
	sum := 0
	for i, n := range counts {
		if errs[i] != nil {
			return 0, errs[i]
		}
		sum += n
	}
	return float64(sum) / time.Since(begin).Seconds(), nil
}
