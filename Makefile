# "make" alone prints the targets. "make check" is all that CI runs.
.NOTPARALLEL:
.DEFAULT_GOAL := help
SHELL := /bin/bash

# Tools are pinned in a module of their own, so that the product does not need them.
TOOL := go tool -modfile=tools/go.mod
TEST := go run ./internal/testenv/testrun
UNVETTED := -vet=off # since vetting is a step of its own
STEP = @echo "== $@"

.PHONY: help build example test check nightly bench web pictures style
.PHONY: format vet staticcheck tidy deadcode generated race chromium postgres tested

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the command as bin/covey
	CGO_ENABLED=0 go build -trimpath -o bin/covey ./cmd/covey

example: build ## make a release of the fictional case records, in out/fictional
	bin/covey inspect -policy examples/cases.yaml examples/cases.csv
	bin/covey release -force -policy examples/cases.yaml -o out/fictional examples/cases.csv
	bin/covey verify -policy examples/cases.yaml -sensitive examples/cases.csv out/fictional

test: chromium postgres tested ## run all tests; installs Chromium and PostgreSQL if they are missing and it may

check: build format vet staticcheck tidy deadcode generated postgres race test ## everything a change must pass
	@echo "check: all passed"

nightly: chromium postgres ## fuzz every fuzz test for 60 s (FUZZTIME=60s), run the long tests
	tools/nightly.sh

bench: ## run the benchmarks, of the packages and beside other systems
	go test -run '^$$' -bench . -benchmem $$(go list ./... | grep -v /e2e)
	go test -run '^$$' -bench Explorer -benchtime 1x ./e2e
	go run ./bench
	go run ./bench -accuracy
	go run ./bench -scale -runs 1
	go run ./bench -server

web: ## rebuild the generated files that are committed
	@go generate ./...
	@go -C tools run ./web

pictures: chromium ## take the pictures in docs/pictures again
	go test -count=1 -run '^TestPictures$$' ./e2e -pictures

style: ## print the numbers of the style table
	@go test -count=1 -run '^TestStyle$$' -v ./internal/arch | sed -n 's/^ *arch_test.go:[0-9]*: //p'

# the steps of check

format:
	$(STEP)
	@files=$$($(TOOL) gofumpt -l .) && if [ -n "$$files" ]; then \
		echo "$$files"; echo "error: these files are not formatted" >&2; \
		echo "hint: $(TOOL) gofumpt -w ." >&2; exit 1; fi

vet:
	$(STEP)
	@go vet ./...

staticcheck:
	$(STEP)
	@$(TOOL) staticcheck ./...

tidy:
	$(STEP)
	@go mod tidy -diff
	@go -C tools mod tidy -diff

deadcode:
	$(STEP)
	@tools/deadcode.sh

generated:
	$(STEP)
	@go -C tools test ./web
	@tools/generated.sh

# The race detector slows tests down several times: it runs the short form, and
# forgives skips, since the run that follows does not. What e2e drives is a browser;
# the packages behind its pages have tests of their own.
race:
	$(STEP)
	@$(TEST) -tolerant $(UNVETTED) -race -short -timeout 15m $$(go list ./... | grep -v /e2e)

chromium:
	@tools/chromium.sh

postgres:
	@tools/postgres.sh

tested:
	@echo "== test"
	@$(TEST) $(UNVETTED) -timeout 20m ./...
