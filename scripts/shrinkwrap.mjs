/**
 * The part of a lock file that a user's install brings along, as npm-shrinkwrap.json: npm takes these versions and checksums, and no newer
 * ones, wherever the package is installed.
 */
export function productionPart({ packages, ...rest }) {
  const { "": root, ...others } = packages;
  const { devDependencies, ...own } = root;
  // What development wants and an optional package too (devOptional) is the latter's: an install that takes it needs its version.
  const kept = Object.entries(others).filter(([, { dev }]) => dev !== true);
  return { ...rest, packages: { "": own, ...Object.fromEntries(kept) } };
}
