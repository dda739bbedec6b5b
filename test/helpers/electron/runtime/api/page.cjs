'use strict'
/** The page in a window: really shown where there is a Chromium, else really fetched. */
const { settings } = require('../identity.cjs')

exports.openPage = (tell, contents) => {
  if (settings.STAND_IN_CHROMIUM) {
    const { ShownPage } = require('../chromium/shown-page.cjs')
    return new ShownPage(tell, contents)
  }
  const { FetchedPage } = require('./fetched-page.cjs')
  return new FetchedPage(tell)
}

/** Before the process ends: a browser is not to outlive it. */
exports.endPages = async () => {
  if (settings.STAND_IN_CHROMIUM) await require('../chromium/browser.cjs').endBrowser()
}
