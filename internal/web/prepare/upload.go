package prepare

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"strconv"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
)

func (r *room) upload(x *web.Exchange) error { return r.receive(x, false) }

func (r *room) bundle(x *web.Exchange) error { return r.receive(x, true) }

// The fields that a file is in.
const (
	recordsField = "file"
	bundleField  = "archive"
)

// receive keeps a file as it arrives. What comes after a file that is not taken, or was taken before, is read and forgotten, since
// browsers tell nobody what was answered to a request that they have not finished. Whose the data set is, the service asks before it reads
// a file, and the page again.
func (r *room) receive(x *web.Exchange, bundle bool) error {
	dataset := x.Path("dataset")
	u, err := r.takeParts(x, dataset, bundle)
	_, _ = io.Copy(io.Discard, x.R.Body)
	to := "/prepare/" + dataset
	if err == nil && bundle {
		to, err = r.startCheck(x, u)
	}
	if err == nil {
		return x.Redirect(to, "prepare.upload.taken")
	}
	// A body that broke off has ended the request: whoever sent it may still be there to read why.
	x.R = x.R.WithContext(context.WithoutCancel(x.Context()))
	page, e := r.setPage(x)
	if e != nil {
		return e
	}
	page.Archive = bundle
	return x.Invalid("prepare/dataset", page, err)
}

// startCheck has a bundle checked, and erases it if that cannot be.
func (r *room) startCheck(x *web.Exchange, u publication.Upload) (to string, err error) {
	run, err := r.service.StartCheck(x.Context(), x.By, u.ID, x.Text("prepare.bundle.label"))
	if err != nil {
		return "", errors.Join(err, r.service.EraseUpload(x.Context(), x.By, u.ID))
	}
	return "/prepare/runs/" + run.ID, nil
}

// takeParts reads the fields of the form, which stand before the file, and then the file. A form without a token is not taken, since
// nothing would tell it from itself when it is sent twice.
func (r *room) takeParts(x *web.Exchange, dataset string, bundle bool) (publication.Upload, error) {
	o, field := publication.UploadOptions{Bundle: bundle}, recordsField
	if bundle {
		field = bundleField
	}
	parts, err := x.Parts()
	if err != nil {
		return publication.Upload{}, fault.New(fault.Invalid, "fault.body").Because(err).At(field)
	}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return publication.Upload{}, fault.New(fault.Invalid, "fault.upload.none").At(field)
		case err != nil:
			return publication.Upload{}, fault.New(fault.Invalid, "fault.upload.cut").Because(err).At(field)
		}
		switch part.FormName() {
		case "token":
			o.Token = short(part)
		case "days":
			if days, err := strconv.Atoi(short(part)); err == nil {
				o.Keep = time.Duration(days) * 24 * time.Hour
			}
		case field:
			u, err := r.takeFile(x, dataset, o, part)
			if f, ok := errors.AsType[*fault.Error](err); ok && f.Field == "" {
				err = f.At(field)
			}
			return u, err
		}
	}
}

func (r *room) takeFile(x *web.Exchange, dataset string, o publication.UploadOptions, part *multipart.Part) (publication.Upload, error) {
	switch {
	case part.FileName() == "":
		return publication.Upload{}, fault.New(fault.Invalid, "fault.upload.none")
	case o.Token == "":
		return publication.Upload{}, fault.New(fault.Invalid, "fault.upload.token")
	}
	o.Name = part.FileName()
	return r.service.Upload(x.Context(), x.By, dataset, o, part)
}

// short reads a short field of a form.
func short(part *multipart.Part) string {
	text, _ := io.ReadAll(io.LimitReader(part, 200)) // what was cut off is noticed at the next part
	return strings.TrimSpace(string(text))
}

func (r *room) erase(x *web.Exchange) error {
	if _, err := r.mine(x); err != nil {
		return err
	}
	if err := r.service.EraseUpload(x.Context(), x.By, x.Form().Get("upload")); err != nil {
		return err
	}
	return x.Redirect("/prepare/"+x.Path("dataset"), "prepare.upload.erased")
}
