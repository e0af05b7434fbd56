package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/app"
)

var serveManual = manual{
	usage: "serve [flags]",
	text: `
Serve runs the server: the map of tools, and the accounts of those who keep it. It
needs nothing else. At the first start it makes its secrets and its database in the
folder of -data and prints a link, once, with which the first administrator joins.

Every flag can be given as an environment variable: COVEY_LISTEN for -listen, and so
on. docs/guide-operator.md explains how to run it for others: as a service, behind a
proxy, with TLS, on PostgreSQL, with backups.`,
	examples: `  covey serve -demo
  covey serve -data /var/lib/covey -url https://covey.example -tls auto -listen :443
  covey serve -database postgres:///covey -url https://covey.example -proxy 127.0.0.1`,
}

// serveOptions are the flags of serve.
type serveOptions struct {
	listen, data, database, url, tls, oidc, log, proxy string
	demo, links                                        bool
}

func (e *env) serveFlags(args []string) (*serveOptions, error) {
	var o serveOptions
	f := e.newFlags(serveManual)
	f.StringVar(&o.data, "data", cmp.Or(os.Getenv("STATE_DIRECTORY"), "covey-data"), "keep database and secrets in this `folder`")
	f.StringVar(&o.database, "database", "", "use this PostgreSQL database (`URL`) and not the one in the folder")
	f.BoolVar(&o.demo, "demo", false, "try it: in a temporary folder, which is removed at the end")
	f.BoolVar(&o.links, "link-check", false, "look once a week whether the addresses of tools answer; nothing else calls out")
	f.StringVar(&o.listen, "listen", "localhost:8080", "wait for requests at this `host:port`")
	f.StringVar(&o.log, "log", "", "write log lines to standard error as `json or text` (default json, on a terminal text)")
	f.StringVar(&o.oidc, "oidc", "", "sign in with this OpenID Connect provider: `issuer,client,file` of the secret")
	f.StringVar(&o.proxy, "proxy", "", "believe X-Forwarded-For of these `addresses` or networks, with commas between")
	f.StringVar(&o.tls, "tls", "off", "`off, auto` (certificates from Let's Encrypt) or certificate,key (files)")
	f.StringVar(&o.url, "url", "", "the `address` at which people find the server, such as https://covey.example (default http:// and that of -listen)")
	if err := f.fromEnvironment(); err != nil {
		return nil, err
	}
	if _, err := f.parse(args, 0, 0); err != nil {
		return nil, err
	}
	if o.demo && o.database != "" {
		return nil, &usageError{"-demo and -database do not go together", f.seeHelp()}
	}
	return &o, nil
}

// fromEnvironment takes values of flags from COVEY_ variables.
func (f *flags) fromEnvironment() error {
	var fault error
	f.VisitAll(func(g *flag.Flag) {
		name := "COVEY_" + strings.ToUpper(strings.ReplaceAll(g.Name, "-", "_"))
		value, given := os.LookupEnv(name)
		if !given || fault != nil {
			return
		}
		if err := f.Set(g.Name, value); err != nil {
			fault = &usageError{fmt.Sprintf("the environment variable %s holds no value that -%s takes", name, g.Name), f.seeHelp()}
		}
	})
	return fault
}

func runServe(ctx context.Context, e *env, args []string) error {
	o, err := e.serveFlags(args)
	if err != nil {
		return err
	}
	// Requests that are going on get their time when the server stops.
	e.patience.Store(int64(15 * time.Second))
	options, err := e.appOptions(o)
	if err != nil {
		return err
	}
	if o.demo {
		folder, err := os.MkdirTemp("", "covey-demo-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		options.Dir, options.Demo = folder, true
	}
	l, err := listen(ctx, o, options)
	if err != nil {
		return err
	}
	defer l.Close()
	secure, err := certificates(ctx, o.tls, options)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, *options)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := e.welcome(ctx, a, options.Public); err != nil {
		return err
	}
	return a.Serve(ctx, l, secure)
}

// welcome says where the server is, and who is to come first.
func (e *env) welcome(ctx context.Context, a *app.App, address string) error {
	link, err := a.FirstLink(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "Covey is at %s\n", address)
	if link != "" {
		fmt.Fprintf(e.stdout, "The first administrator joins here, once, within seven days:\n%s\n", link)
	}
	return nil
}

// appOptions reads what the flags name.
func (e *env) appOptions(o *serveOptions) (*app.Options, error) {
	options := &app.Options{Dir: o.data, Database: o.database, Public: o.url, Links: o.links, Now: e.now}
	if folder := os.Getenv("CREDENTIALS_DIRECTORY"); folder != "" && !o.demo {
		if key := filepath.Join(folder, "root.key"); isFile(key) {
			options.Key = key
		}
	}
	var err error
	if options.Log, err = e.logger(o.log); err != nil {
		return nil, err
	}
	if options.Proxies, err = readProxies(o.proxy); err != nil {
		return nil, err
	}
	return options, setOIDC(options, o.oidc)
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// logger returns the log of a server.
func (e *env) logger(form string) (*slog.Logger, error) {
	switch {
	case form == "text" || form == "" && e.isTerminal:
		return slog.New(slog.NewTextHandler(e.stderr, nil)), nil
	case form == "json" || form == "":
		return slog.New(slog.NewJSONHandler(e.stderr, nil)), nil
	}
	return nil, &usageError{fmt.Sprintf("%s after -log is neither json nor text", strconv.Quote(form)), ""}
}

// readProxies reads addresses and networks.
func readProxies(list string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		if network, err := netip.ParsePrefix(word); err == nil {
			networks = append(networks, network)
			continue
		}
		address, err := netip.ParseAddr(word)
		if err != nil {
			return nil, &usageError{fmt.Sprintf("%s after -proxy is no address and no network", strconv.Quote(word)), "write 127.0.0.1 or 10.0.0.0/8"}
		}
		networks = append(networks, netip.PrefixFrom(address, address.BitLen()))
	}
	return networks, nil
}

// setOIDC reads issuer, client and the file of the secret.
func setOIDC(options *app.Options, text string) error {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, ",")
	if len(parts) != 3 || !strings.HasPrefix(parts[0], "https://") && !strings.HasPrefix(parts[0], "http://localhost") {
		return &usageError{"what follows -oidc is not issuer,client,file", "the issuer begins with https://, the file holds the client's secret"}
	}
	secret, err := os.ReadFile(parts[2])
	if err != nil {
		return err
	}
	options.OpenID.Issuer, options.OpenID.Client, options.OpenID.Secret = parts[0], parts[1], strings.TrimSpace(string(secret))
	return nil
}

// listen opens the port. Without -url people find the server where it listens.
func listen(ctx context.Context, o *serveOptions, options *app.Options) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return nil, &failure{fmt.Errorf("wait for requests at %s: %w", o.listen, err), "another program may be there: choose another place with -listen"}
	}
	if options.Public == "" {
		scheme := "http://"
		if o.tls != "off" && o.tls != "" {
			scheme = "https://"
		}
		host, _, _ := net.SplitHostPort(o.listen)
		_, port, _ := net.SplitHostPort(l.Addr().String())
		options.Public = scheme + net.JoinHostPort(cmp.Or(host, "localhost"), port)
	}
	return l, nil
}

// certificates returns what -tls asks for; nil is plain HTTP.
func certificates(ctx context.Context, how string, options *app.Options) (*tls.Config, error) {
	switch certificate, key, two := strings.Cut(how, ","); {
	case how == "off" || how == "":
		return nil, nil
	case how == "auto":
		address, err := url.Parse(options.Public)
		if err != nil {
			return nil, err
		}
		return app.Automatic(ctx, address.Hostname(), options.Dir)
	case two:
		return app.Certified(certificate, key)
	}
	return nil, &usageError{fmt.Sprintf("%s after -tls is neither off nor auto nor certificate,key", strconv.Quote(how)), ""}
}
